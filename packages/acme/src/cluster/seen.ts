// Up to which revision of etcd this member has taken over certificates. acme is no resident program, and is started by each
// change of another member: without this, each start would read all certificates of the cluster.
import * as v from 'valibot';
import { toleratedMs } from '../clock.ts';
import type { Layout } from '../layout.ts';
import { hourMs } from '../ledger.ts';
import { readState, writeState } from '../state.ts';

/** So often all are compared with what is here, in milliseconds, as files may be changed by others. */
const compareMs = 6 * hourMs;

const seenRevision = v.object({
  /** What was written in this revision of etcd or later is to be taken over. */
  since: v.pipe(v.string(), v.regex(/^\d{1,19}$/)),
  /** When all were compared, in milliseconds as in Date.now(). */
  compared: v.number(),
  /** Domains whose certificates could not be taken over. */
  missed: v.array(v.string()),
});

export interface Seen {
  readonly since: bigint;
  readonly compared: number;
  readonly missed: ReadonlySet<string>;
}

/** Undefined where all are to be compared. */
export async function readSeen(layout: Layout): Promise<Seen | undefined> {
  const found = await readState(layout.seen, seenRevision);
  const now = Date.now();
  if (!found || found.compared < now - compareMs || found.compared > now + toleratedMs) return undefined;
  return { since: BigInt(found.since), compared: found.compared, missed: new Set(found.missed) };
}

export async function writeSeen(layout: Layout, { since, compared, missed }: Seen): Promise<void> {
  await writeState(layout.seen, { since: String(since), compared, missed: [...missed] });
}
