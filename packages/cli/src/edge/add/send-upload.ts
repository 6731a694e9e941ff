// Sends the data of a site, a folder or an archive on this machine, to a server.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Importable } from '../../add/source.ts';
import { type ConnectionOptions, sendToServer } from '../connection.ts';
import { runProgram } from '../run-program.ts';
import { findPath } from './source-state.ts';

/** Stays the same for control machines of other versions. */
const script = '/opt/freehold/scripts/host/receive-delivery.sh';

export interface Upload {
  readonly domain: string;
  /** The app of a site that is to be added; 'import' where the site's next start is to import it. */
  readonly use: string;
  readonly what: Importable;
  report(sentence: string, kind?: 'failure'): void;
  print(line: string): void;
}

/**
 * @throws FreeholdError if something in it cannot be read here, the server refuses it, or it arrived incomplete; the server has
 * nothing of it then. Only if tar fails to read a file that was readable before does the server have the rest.
 */
export async function sendUpload(connection: ConnectionOptions, upload: Upload): Promise<void> {
  const { domain, use, what, report, print } = upload;
  await requireReadable(what.at, connection.signal);
  const receive = (...words: string[]) => [script, domain, use, ...words];
  if (what.kind === 'archive') {
    const { size } = await stat(what.at);
    const words = receive(what.ending, String(size));
    return check(connection, await sendToServer(connection, ['cat', '--', what.at], words), print);
  }
  const folder = await mkdtemp(join(tmpdir(), 'freehold-'));
  try {
    await writeFile(join(folder, '.whole'), '');
    const sender = packing(what, folder);
    // tar ends with 1 if files changed while it read them, as those of a site that is served may.
    const sent = await sendToServer(
      connection,
      sender,
      receive('folder'),
      (code) => code === 0 || code === 1,
    );
    check(connection, sent, print);
    if (sent.sent !== 1) return;
    report(
      "Files changed while they were read; tar lists them above. Each was sent with its content of that moment. If one of them may be damaged, remove the site's data there, and run this again.",
      'failure',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** tar skips what it cannot read, and packs the rest with .whole. */
async function requireReadable(path: string, signal: AbortSignal): Promise<void> {
  const unreadable = ['(', '!', '-readable', '-o', '-type', 'd', '!', '-executable', ')'];
  const words = ['-H', findPath(path), '!', '-type', 'l', ...unreadable, '-print', '-quit'];
  const first = (await runProgram('find', words, { signal })).stdout.trimEnd();
  if (first === '') return;
  throw new FreeholdError(
    `Cannot send ${path}: '${first}' is not readable. Nothing was sent. Change its permissions, or run this as a user who can read it.`,
  );
}

/** A tar of a folder. An interrupted upload lacks .whole at its end, and is deleted there. */
export function packing(what: Importable & { kind: 'tree' | 'pages' }, whole: string): [string, ...string[]] {
  const prefix = what.kind === 'pages' ? `./${what.folder}` : '.';
  return [
    ...(['tar', '--create', '--owner=0', '--group=0', '--numeric-owner'] as const),
    ...[`--transform=s,^\\.,${prefix},S`, `--directory=${what.at}`, '.'],
    ...[`--transform=s,^${prefix}/\\.whole$,./.whole,`, `--directory=${whole}`, './.whole'],
  ];
}

function check(
  { server }: ConnectionOptions,
  { code, output }: { readonly code: number; readonly output: string },
  print: (line: string) => void,
): void {
  for (const line of output.split('\n').filter((one) => one !== '')) print(line);
  if (code === 0) return;
  throw new FreeholdError(`${server} did not take the data (exit code ${code}); the reason is above.`, {
    code: code === 2 ? 'usage' : 'failed',
  });
}
