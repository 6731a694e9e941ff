// xz and bzip2, which Node does not support: runs their own programs, in the same sandbox and with bounded
// memory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Archive } from './read-archive.ts';

export type ProgramPacking = 'xz' | 'bzip2';

/** xz -9 needs 65 MiB to unpack; bzip2 never more than 4. */
const commands: Readonly<Record<ProgramPacking, readonly string[]>> = {
  xz: ['--decompress', '--stdout', '--threads=1', '--memlimit-decompress=80MiB'],
  bzip2: ['--decompress', '--stdout'],
};

/** Reads an archive through the program that decompresses it. */
export function unpackByProgram(handle: FileHandle, size: number, packing: ProgramPacking): Archive {
  const child = spawn(packing, commands[packing], { stdio: ['pipe', 'pipe', 'pipe'] });
  const source = handle.createReadStream({ autoClose: false });
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]);
  // The reader of the content receives the error.
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  child.stdout.on('error', () => undefined);
  let failed: unknown;
  let consumed = 0;
  source.on('data', (piece) => {
    consumed += piece.length;
  });
  source.on('error', (error) => {
    failed = error;
    child.kill('SIGKILL');
  });
  source.pipe(child.stdin);
  async function* content() {
    yield* child.stdout;
    const [[code, killedBy], complaint] = await ended.catch((error) => {
      throw new FreeholdError(`cannot run the program ${packing} to unpack it: ${reasonOf(error)}.`, {
        cause: error,
      });
    });
    if (failed) throw failed;
    if (code !== 0 || complaint.trim() !== '')
      throw new FreeholdError(
        explain(packing, killedBy ? `it was killed by ${killedBy}` : reasonOf(complaint)),
      );
  }
  return {
    size,
    consumed: () => consumed,
    content: content(),
    async close() {
      source.destroy();
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}

function explain(packing: ProgramPacking, complaint: string): string {
  if (/memory usage limit/i.test(complaint)) {
    return 'unpacking it would take too much memory: pack it with xz -9 or less.';
  }
  if (/unexpected end|ends unexpectedly/i.test(complaint)) return 'it is truncated: its end is missing.';
  if (/trailing garbage/i.test(complaint)) return `there is extra data after the end of its ${packing} data.`;
  const message = complaint
    .replaceAll('(stdin)', '')
    .replace(/[\s:]+/g, ' ')
    .trim()
    .slice(0, 200);
  return `its content is not ${packing}, or is damaged (${message}).`;
}
