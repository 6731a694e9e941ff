// kelseyhightower's confd (https://github.com/kelseyhightower/confd), to which haproxy-confd is compared. It renders templates
// from what etcd holds; here, a backend of HAProxy for each site.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';

const execute = promisify(execFile);

/** A confd on the PATH. */
export interface OtherConfd {
  readonly program: string;
  /** As in `0.16.0`. */
  readonly version: string;
}

/** Finds it in the folders of `path`; undefined if it is not there, as another program of that name does not count. */
export async function findOtherConfd(path: string): Promise<OtherConfd | undefined> {
  for (const folder of path.split(':').filter((one) => one !== '')) {
    const program = join(folder, 'confd');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const { stdout } = await execute(program, ['-version']).catch(() => ({ stdout: '' }));
    const version = stdout.match(/^confd v?(\d\S*)/)?.[1];
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

/** The keys under `/services/` are `APP/DOMAIN/HOST`, their values JSON objects with `ip` and `port`. */
const template = `frontend edge
    bind 127.0.0.1:8080
    use_backend %[req.hdr(host),lower]
{{range gets "/services/*/*/*"}}{{$record := json .Value}}
backend {{base (dir .Key)}}
    server {{base .Key}} {{if $record.ip}}{{$record.ip}}:{{$record.port}}{{else}}127.0.0.1:1 disabled{{end}}
{{end}}`;

/** The files that it reads, by path: a template and its resource (docs/template-resources.md there). */
export function otherConfdFiles({ folder, target }: { folder: string; target: string }): Map<string, string> {
  const resource = `[template]
src = "haproxy.cfg.tmpl"
dest = ${JSON.stringify(target)}
keys = ["/services"]
`;
  return new Map([
    [join(folder, 'conf.d', 'haproxy.cfg.toml'), resource],
    [join(folder, 'templates', 'haproxy.cfg.tmpl'), template],
  ]);
}

/** Starts it on an etcd; it writes `haproxy.cfg` in the folder, at each change of a site. */
export async function startOtherConfd(options: {
  confd: OtherConfd;
  etcd: string;
  folder: string;
}): Promise<{ target: string; output(): string } & AsyncDisposable> {
  const { confd, etcd, folder } = options;
  const target = join(folder, 'haproxy.cfg');
  for (const [path, text] of otherConfdFiles({ folder, target })) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const child = startChild(confd.program, [
    ...['-backend', 'etcdv3', '-node', etcd, '-watch'],
    ...['-confdir', folder, '-config-file', join(folder, 'confd.toml')],
  ]);
  return { target, output: child.output, [Symbol.asyncDispose]: () => child.stop() };
}
