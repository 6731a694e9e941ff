// A folder here becomes a folder there, whole or not at all.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { sendToServer } from '../connection.ts';
import type { ServerWork } from '../each-server.ts';
import type { HeldForRun } from './hold.ts';

export interface SentFolder {
  /** The folder scripts/ of the checkout. */
  readonly scripts: string;
  /** It has a file .whole, which is sent last. */
  readonly folder: string;
  /** What of it is sent, as words for tar. */
  readonly entries: readonly string[];
  readonly target: string;
  /** As in '755'. */
  readonly mode: string;
}

/** @throws FreeholdError if it did not arrive whole; what was there before stays then. */
export async function sendFolder(
  { connection }: ServerWork,
  held: HeldForRun,
  { scripts, folder, entries, target, mode }: SentFolder,
): Promise<void> {
  // A bare server does not have the script, so it is sent along.
  const script = await readFile(join(scripts, 'host/receive-files.sh'), 'utf8');
  const { code } = await sendToServer(
    connection,
    [
      'tar',
      '--create',
      '--directory',
      folder,
      '--owner',
      '0',
      '--group',
      '0',
      '--numeric-owner',
      ...entries,
      '.whole',
    ],
    held.guard(['bash', '-c', script, 'receive-files', target, mode]),
  );
  if (code !== 0)
    throw new FreeholdError(`${target} was not written (exit code ${code}); the reason is above.`);
}
