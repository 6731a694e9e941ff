// The revision of etcd up to which this member has installed the cluster's certificates. acme does not stay resident; each
// change by another member starts it. Without this record, each start would read all certificates of the cluster.
import * as v from 'valibot';
import { toleratedMs } from '../clock.ts';
import type { Layout } from '../layout.ts';
import { hourMs } from '../ledger.ts';
import { readState, writeState } from '../state.ts';

/** So often all are compared with what is here, in milliseconds, as files may be changed by others. */
const compareMs = 6 * hourMs;

const seenRevision = v.object({
  /** Certificates written in this revision of etcd or later have not been read yet. */
  since: v.pipe(v.string(), v.regex(/^\d{1,19}$/)),
  /** The identifier of the etcd cluster that has the revision. */
  cluster: v.optional(v.string(), ''),
  /** When all were compared, in milliseconds as in Date.now(). */
  compared: v.number(),
  /** Domains whose certificates could not be installed. */
  missed: v.array(v.string()),
});

export interface Seen {
  readonly since: bigint;
  /** That of etcd which has the revision; empty if a version before did not write it down. */
  readonly cluster: string;
  readonly compared: number;
  readonly missed: ReadonlySet<string>;
}

/** Undefined where all are to be compared. */
export async function readSeen(layout: Layout): Promise<Seen | undefined> {
  const found = await readState(layout.seen, seenRevision);
  const now = Date.now();
  if (!found || found.compared < now - compareMs || found.compared > now + toleratedMs) return undefined;
  const { since, missed, ...rest } = found;
  return { ...rest, since: BigInt(since), missed: new Set(missed) };
}

export async function writeSeen(layout: Layout, { since, missed, ...rest }: Seen): Promise<void> {
  await writeState(layout.seen, { ...rest, since: String(since), missed: [...missed] });
}
