import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@freehold/core/write-atomic';
import type { Rule } from '../apps/app.ts';
import { keepDiskReserve } from '../keep-disk-reserve.ts';
import { completed } from './dump-facts.ts';
import { withDump } from './dump-file.ts';
import { isLoaded } from './plan-dump.ts';
import { type SqlToken, scanSql } from './sql-scanner.ts';
import { readStatement } from './sql-statement.ts';

export interface Rewriting {
  readonly from: string;
  readonly to: string;
  readonly maxBytes: number;
  readonly source: string | undefined;
  readonly database: string;
  readonly rule: Rule;
  readonly signal: AbortSignal;
  /** Bytes of disk that stay free for the host; depends on the disk unless set. */
  readonly diskReserve: number | undefined;
}

/**
 * Writes a dump in the form in which the database loads it, beside its place, and then renames it. Returns
 * the number of removed statements.
 *
 * @throws FreeholdError if it would use the host's disk reserve; nothing is left then.
 */
export async function rewriteDump({
  from,
  to,
  maxBytes,
  rule,
  signal,
  diskReserve,
  ...filter
}: Rewriting): Promise<number> {
  const temporary = join(dirname(to), '.dump.sql.import');
  await rm(temporary, { force: true });
  const target = await open(temporary, 'wx', 0o600);
  const count = { left: 0 };
  const reserve = keepDiskReserve({ diskReserve }, dirname(to));
  try {
    await withDump(from, { maxBytes }, async (pieces) => {
      for await (const bytes of filterSql(scanSql(pieces), filter, count)) {
        signal.throwIfAborted();
        await target.writeFile(bytes);
        await reserve.during(bytes.length, 0);
      }
    });
    await target.writeFile(`\n${completed}\n`);
    if (rule.owner && process.getuid?.() === 0) await target.chown(rule.owner.uid, rule.owner.gid);
    await target.chmod(rule.mode);
    await target.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await target.close();
  }
  await rename(temporary, to);
  await syncFolder(dirname(to));
  return count.left;
}

/** The part of the SQL that is loaded, in pieces of some size. */
export async function* filterSql(
  tokens: AsyncIterable<SqlToken>,
  to: { source: string | undefined; database: string },
  count: { left: number },
): AsyncGenerator<Buffer> {
  let current: string | undefined;
  let isKept = true;
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const token of tokens) {
    if (token.kind === 'start') {
      const statement = readStatement(token.head);
      if (statement.kind === 'use') current = statement.name;
      isKept = isLoaded(statement, current, to);
      if (!isKept) count.left += 1;
    }
    if (token.kind !== 'between' && !isKept) continue;
    waiting.push(token.bytes);
    size += token.bytes.length;
    if (size < 1024 * 1024) continue;
    yield Buffer.concat(waiting);
    [waiting, size] = [[], 0];
  }
  yield Buffer.concat(waiting);
}
