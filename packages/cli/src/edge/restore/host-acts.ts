// What an operator has set for the whole host, in a backup and here.
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomic } from '@freehold/core/write-atomic';
import { type HostFile, type HostOperation, type HostSeen, hostFiles } from '../../restore/host-settings.ts';
import { hostFile } from '../host.ts';
import { outputOf } from '../run-program.ts';
import { restartNote, tree } from './places.ts';

const secrets = '/data/runtime/postfix/srs-secret';
const inBackup = (path: string) => join(tree, 'backup', path);

/** Byte by byte; undefined if there is no such file. */
function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** @param name the host's. */
export async function lookAtHost(name: string): Promise<HostSeen> {
  const pair = async (from: string, to: string) => ({
    backedUp: (await readIfThere(inBackup(from))) ?? '',
    here: (await readIfThere(to)) ?? '',
  });
  const files = hostFiles(name).map(async (file) => ({
    file,
    backedUp: await readIfThere(inBackup(file.from)),
    here: await readIfThere(file.to),
  }));
  return {
    files: await Promise.all(files),
    secrets: await pair('postfix/srs-secret', secrets),
    isRestartDue: existsSync(restartNote),
    environment: await pair('host.env', hostFile),
  };
}

export async function changeHost(operation: HostOperation, signal: AbortSignal): Promise<void> {
  switch (operation.act) {
    case 'install':
      return install(operation.file);
    case 'note-restart':
      return writeAtomic(restartNote, '', { mode: 0o600 });
    case 'append-secrets':
      return append(secrets, await readFile(inBackup('postfix/srs-secret'), 'latin1'));
    case 'restart-postfix': {
      const words = ['try-restart', '--job-mode=ignore-dependencies', 'postfix'];
      await outputOf('systemctl', words, { signal });
      return;
    }
    case 'drop-restart-note':
      return rm(restartNote, { force: true });
    case 'add-settings':
      return append(hostFile, operation.lines.map((line) => `${line}\n`).join(''));
  }
}

async function install({ from, to, mode, owner }: HostFile): Promise<void> {
  // Only that of /data/acme may be missing, which is root's alone.
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const ids = owner === undefined ? undefined : { uid: owner, gid: owner };
  await writeAtomic(to, await readFile(inBackup(from)), { mode, owner: ids });
}

/** With the owner and permissions that the file has. A symbolic link to it stays one. */
export async function append(link: string, text: string): Promise<void> {
  const path = await realpath(link);
  const { uid, gid, mode } = await stat(path);
  const before = await readFile(path, 'latin1');
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  const bytes = Buffer.from(`${before}${end}${text}`, 'latin1');
  await writeAtomic(path, bytes, { mode: mode & 0o7777, owner: { uid, gid } });
}
