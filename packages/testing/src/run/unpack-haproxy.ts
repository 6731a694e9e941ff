import { execFile } from 'node:child_process';
import { access, glob, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const image = 'freehold/haproxy';

/**
 * Unpacks HAProxy from the image freehold/haproxy, and gives the folder of a command `haproxy`, to be put on the PATH. Tests
 * start it often, in a tenth of the time that a container takes. It runs with the image's own libraries, on any distribution.
 * The folder, in `cache`, is kept for as long as the image is the same. Rejects without Docker, or without the image.
 */
export async function unpackHaproxy(cache: string): Promise<string> {
  const { stdout: id } = await execute('docker', ['image', 'inspect', '--format', '{{.Id}}', image]);
  const folder = join(cache, `haproxy-${/[0-9a-f]{12}/.exec(id)}`);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(cache, { recursive: true });
    const half = await mkdtemp(`${folder}.`);
    await execute('bash', ['-euo', 'pipefail', '-c', unpack, 'bash', image, half]);
    await writeFile(join(half, 'haproxy'), await commandOf(half, folder), { mode: 0o755 });
    await rename(half, folder);
  }
  return folder;
}

const unpack = `
  container=$(docker create --pull never "$1")
  trap 'docker rm "$container" >/dev/null' EXIT
  docker export "$container" | tar --extract --directory "$2" usr`;

/** HAProxy starts itself again at each reload, by the name that it was started by: that of the command. */
async function commandOf(half: string, folder: string): Promise<string> {
  const find = async (pattern: string) => {
    for await (const path of glob(pattern, { cwd: half })) return join(folder, path);
    throw new Error(`${image} has no ${pattern}.`);
  };
  const words = [
    ...[await find('usr/lib{64,}/ld-linux-*'), '--argv0', '$0'],
    ...['--library-path', await find('usr/lib/*-linux-gnu'), await find('usr/sbin/haproxy'), '$@'],
  ];
  // As in a container, there are no settings of OpenSSL.
  return `#!/bin/sh\nOPENSSL_CONF=/dev/null exec ${words.map((word) => `"${word}"`).join(' ')}\n`;
}
