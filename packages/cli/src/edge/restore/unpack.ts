// Unpacks the backup on standard input to /data/restoring/tree.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { parseForwards, parseNames, parseSites } from '../../restore/backup-contents.ts';
import type { Backup } from '../../restore/run-restore.ts';
import { outputOf, runProgram } from '../run-program.ts';
import { imports, staged, tree } from './places.ts';

export interface UnpackedBackup extends Backup {
  readonly dumped: ReadonlySet<string>;
  readonly undumped: ReadonlySet<string>;
}

const unit = 'freehold-restore-unpack';
const texts = ['sites', 'mail', 'dumped', 'undumped', 'host.env'];

/** @throws FreeholdError if it is not whole, or no backup; nothing else was changed then. */
export async function unpack(signal: AbortSignal): Promise<UnpackedBackup> {
  // A run that was killed may have left its tar.
  await runProgram('systemctl', ['stop', unit], { signal });
  await dropUnpacked();
  await mkdir(tree, { mode: 0o700 });
  if ((await runTar(signal)) !== 0) {
    throw new FreeholdError(
      'The backup arrived incomplete, or /data has no room for it. Nothing was changed.',
    );
  }
  if (!(await isBackup())) {
    throw new FreeholdError(
      'The input is not a complete backup from scripts/deploy/back-up.sh. Nothing was changed.',
    );
  }
  // Of what is renamed to its place, all is on disk then.
  await outputOf('sync', ['--file-system', tree], { signal });
  const [sites = '', mail = '', dumped = '', undumped = ''] = await Promise.all(
    texts.map((name) => readFile(join(tree, 'backup', name), 'utf8')),
  );
  const uploads = (await readdir(join(tree, 'import'))).filter((name) => !name.startsWith('.'));
  return {
    ...{ sites: parseSites(sites), forwards: parseForwards(mail), uploads: uploads.sort() },
    ...{ dumped: parseNames(dumped), undumped: parseNames(undumped) },
  };
}

/** Deletes the unpacked backup, and what a killed run had not put in place yet. */
export async function dropUnpacked(): Promise<void> {
  await rm(tree, { recursive: true, force: true });
  const names = await readdir(imports).catch(() => []);
  const left = names.map((name) => join(imports, name)).filter((path) => path.startsWith(staged('')));
  for (const path of left) await rm(path, { recursive: true, force: true });
}

/** A backup may come from a host that was taken over. So tar cannot write anywhere else, and links lead nowhere. */
async function runTar(signal: AbortSignal): Promise<number> {
  const bounds = ['ProtectSystem=strict', `ReadWritePaths=${tree}`, 'PrivateNetwork=yes'];
  const words = [
    ...['--quiet', '--pipe', '--wait', '--collect', '--unit', unit],
    ...bounds.flatMap((one) => ['--property', one]),
    ...['tar', '--extract', '--gzip', '--numeric-owner', '--preserve-permissions', '--directory', tree],
  ];
  const child = spawn('systemd-run', words, { stdio: 'inherit', signal });
  const [code] = await once(child, 'close').catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return (code as number | null) ?? 128;
}

async function isBackup(): Promise<boolean> {
  const kindOf = (path: string) => lstat(join(tree, path)).catch(() => undefined);
  for (const path of ['.whole', ...texts.map((name) => `backup/${name}`)])
    if (!(await kindOf(path))?.isFile()) return false;
  for (const path of ['backup', 'domains', 'import']) if (!(await kindOf(path))?.isDirectory()) return false;
  const notes = await readdir(join(tree, 'backup'), { recursive: true, withFileTypes: true });
  return notes.every((entry) => entry.isFile() || entry.isDirectory());
}
