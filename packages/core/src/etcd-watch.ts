// One watch of the etcd3 client. Part of etcd.ts, whose header lists the faults it works around.
import type { Etcd3 } from 'etcd3';
import { reasonOf } from './error.ts';
import { callMs, type Entry, entryOf } from './etcd-client.ts';

/** A change of one key; without `value`, the key was deleted. */
export type Change = Entry | { readonly key: string; readonly value?: undefined };

export interface WatchOptions {
  readonly prefix: string;
  readonly revision: bigint;
  readonly signal: AbortSignal;
  /**
   * Checks at intervals that this member still has a leader: on a member that is cut off from the others, a
   * watch is silent, not broken.
   */
  readonly among?: boolean;
  readonly onChanges: (changes: Change[]) => void;
}

/** The interval of that check, in milliseconds. */
const askMs = 3000;

/** Rejects at the first sign of trouble. */
export async function watch(client: Etcd3, options: WatchOptions): Promise<void> {
  const { prefix, revision, signal, onChanges } = options;
  if (signal.aborted) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = client.watch().prefix(prefix).startRevision(String(revision)).watcher();
  const unanswered = setTimeout(() => reject(new Error(`no answer within ${callMs} ms`)), callMs);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  const asking = options.among
    ? setInterval(() => hasLeader(client, prefix).catch(reject), askMs)
    : undefined;
  watcher.on('connected', () => clearTimeout(unanswered));
  watcher.on('data', (answer) =>
    onChanges(
      answer.events.map(({ type, kv }) => (type === 'Delete' ? { key: kv.key.toString() } : entryOf(kv))),
    ),
  );
  watcher.on('error', (error) => reject(new Error(watchFault(error))));
  watcher.on('disconnected', (error) => reject(new Error(reasonOf(error) || 'the connection was lost')));
  watcher.on('end', () => reject(new Error('etcd ended the watch')));
  try {
    await promise;
  } finally {
    clearTimeout(unanswered);
    clearInterval(asking);
    signal.removeEventListener('abort', stop);
    watcher.cancel().catch(() => undefined);
  }
}

/** etcd gives no reason if the revision was compacted, which is the most common cause. */
function watchFault(error: unknown): string {
  const reason = reasonOf(error).replace(/^Watcher canceled:?\s*/, '');
  return reason || 'the revision was compacted';
}

/** Only a member that knows the current state of the cluster answers a linearizable read. */
async function hasLeader(client: Etcd3, prefix: string): Promise<void> {
  await client.getAll().prefix(prefix).limit(1).keys();
}
