// A control machine with a checkout and two servers, for tests of 'freehold server': in the place of ssh and Docker are programs
// that answer for the servers, each in a folder of its own.
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const main = join(import.meta.dirname, 'main.ts');
const scripts = join(import.meta.dirname, '../../../scripts');

// The last word is the command line, which is read by a shell; what it finds in /run, /opt and /etc is the server's own.
const ssh = `#!/bin/bash
export SERVER=\${*: -2:1}
command=\${!#} at=$FAKE/$SERVER
[ ! -e "$at/away" ] || { echo "ssh: connect to host $SERVER port 22: No route to host" >&2; exit 255; }
case "$command" in *"'hold-for-deploy'"*) echo $$ >"$at/holder" ;; *"'-d'"*) [ ! -e "$at/lost" ] || exit 255 ;; esac
for folder in run opt etc; do command=\${command//\\/$folder\\/freehold/$at\\/$folder\\/freehold}; done
command=\${command//\\/opt\\/./$at\\/opt\\/.}
eval "$command"
`;
const docker = `#!/bin/bash
at=$FAKE/\${SERVER:-here}
case "$1 $2 $3" in
  'image inspect --format')
    for image in "\${@:5}"; do case "$4" in *Id*) echo "id-$image" ;; *json*) echo '["base","own"]' ;; *) echo "made of $image" ;; esac; done ;;
  'image inspect '*) [ ! -e "$at/no-images" ] ;;
  'image ls '*) ;;
  'tag '*) [ -z "$SERVER" ] || grep -qs "$2" "$at/loaded" ;;
  'save '*)
    echo saved >>"$FAKE/saved"; folder=$(mktemp -d)
    echo '[{"RepoTags":["'$2'"],"Layers":["own.tar"]}]' >"$folder/manifest.json"; printf '%s' "id-$2" >"$folder/own.tar"
    tar -C "$folder" -c .; rm -r "$folder" ;;
  'load '*) gzip -dc | tar -xO ./own.tar >>"$at/loaded" ;;
esac
`;
/** What a program has printed, and its exit code, once it has ended. */
export async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

/** A script of a server: it notes its call, and does what the file on-NAME of that server says. */
export const step = (name: string) => `#!/bin/bash
echo "$(basename "$0") $*" >>"$FAKE/$SERVER/calls"
[ ! -e "$FAKE/$SERVER/on-${name}" ] || . "$FAKE/$SERVER/on-${name}"
echo "[   0 s] ${name} of $SERVER"
`;

export async function prepareControlMachine() {
  const folder = await temporaryFolder();
  const fake = folder.path;
  const put = async (path: string, content: string) => {
    await mkdir(join(fake, path, '..'), { recursive: true });
    await writeFile(join(fake, path), content);
    await chmod(join(fake, path), 0o755);
  };
  await put('bin/ssh', ssh);
  await put('bin/docker', docker);
  await put('bin/id', '#!/bin/sh\necho 0\n');
  await put('checkout/scripts/setup/images.sh', 'images=(static)\n');
  for (const name of ['prepare', 'switch-version', 'check-databases'])
    await put(`checkout/scripts/host/${name}.sh`, step(name));
  for (const path of ['lib.sh', 'host/hold-for-deploy.sh', 'host/receive-files.sh'])
    await copyFile(join(scripts, path), join(fake, 'checkout/scripts', path));
  for (const path of ['unit-files/x', 'docs/x', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    await put(`checkout/${path}`, 'x\n');
  const git = (...words: string[]) =>
    execFileSync('git', [
      '-c',
      'user.name=T',
      '-c',
      'user.email=t@test',
      '-C',
      join(fake, 'checkout'),
      ...words,
    ]);
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'All');
  for (const server of ['h1', 'h2'])
    for (const path of ['run', 'opt', 'etc']) await mkdir(join(fake, server, path), { recursive: true });
  await mkdir(join(fake, 'tmp'));
  const env = {
    ...{ ...process.env, PATH: `${fake}/bin:${process.env.PATH}`, FAKE: fake, TMPDIR: `${fake}/tmp` },
    ...{ FREEHOLD_SCRIPTS: join(fake, 'checkout/scripts'), FREEHOLD_CONFIG: join(fake, 'config') },
  };
  const start = (...words: string[]) =>
    spawn(process.execPath, [main, 'server', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = (...words: string[]) => outcomeOf(start(...words));
  const read = async (path: string) => readFile(join(fake, path), 'utf8').catch(() => '');
  const version = async () =>
    (await readdir(join(fake, 'h1/opt'))).find((name) => name.startsWith('freehold-')) ?? '';
  return { folder, fake, put, run, start, read, version, git };
}
