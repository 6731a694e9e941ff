import { backoff, sleep } from './backoff.ts';
import { reasonOf } from './error.ts';
import { type Change, connectEtcd, type Entry } from './etcd.ts';
import type { EtcdAddress } from './etcd-address.ts';
import type { Log } from './log.ts';

/** What is known of a prefix: empty and not `complete` until etcd has answered for the first time. */
export interface Mirror {
  readonly entries: ReadonlyMap<string, string>;
  /** For each key the revision in which it was created. */
  readonly created: ReadonlyMap<string, bigint>;
  readonly complete: boolean;
}

interface Copy extends Mirror {
  readonly entries: Map<string, string>;
  readonly created: Map<string, bigint>;
  complete: boolean;
}

/**
 * Keeps a copy of everything under a prefix: lists, then watches from the next revision on. At any
 * fault it starts again with a new connection and a new list, so nothing that changed meanwhile is
 * missed; until then the copy keeps what it had. `onChange` means 'look again'.
 */
export function startMirror(options: {
  etcd: EtcdAddress;
  prefix: string;
  signal: AbortSignal;
  log: Log;
  onChange: () => void;
}): Mirror {
  const mirror: Copy = { entries: new Map(), created: new Map(), complete: false };
  void follow(mirror, options);
  return mirror;
}

async function follow(mirror: Copy, options: Parameters<typeof startMirror>[0]): Promise<void> {
  const { etcd: address, prefix, signal, log, onChange } = options;
  let troubled = false;
  let delays = backoff();
  while (!signal.aborted) {
    const etcd = connectEtcd(address);
    try {
      const { entries, revision } = await etcd.list(prefix);
      if (replace(mirror, entries) || !mirror.complete) {
        mirror.complete = true;
        onChange();
      }
      if (troubled) log.notice(`etcd answers again for ${prefix}.`);
      troubled = false;
      delays = backoff();
      const onChanges = (changes: Change[]) => {
        for (const change of changes) {
          if (change.value === undefined) remove(mirror, change.key);
          else set(mirror, change);
        }
        if (changes.length > 0) onChange();
      };
      await etcd.watch({ prefix, revision: revision + 1n, signal, onChanges });
    } catch (error) {
      if (!troubled && !signal.aborted) log.warning(`${reasonOf(error)}; what was read last stays in use.`);
      troubled = true;
    } finally {
      etcd.close();
    }
    if (!signal.aborted) await sleep(delays.next().value, signal);
  }
}

/** Makes the copy equal to the list; tells whether anything differed. */
function replace(mirror: Copy, list: readonly Entry[]): boolean {
  const { entries, created } = mirror;
  const isKnown = (entry: Entry) =>
    entries.get(entry.key) === entry.value && created.get(entry.key) === entry.created;
  if (entries.size === list.length && list.every(isKnown)) return false;
  entries.clear();
  created.clear();
  for (const entry of list) set(mirror, entry);
  return true;
}

function set({ entries, created }: Copy, entry: Entry): void {
  entries.set(entry.key, entry.value);
  created.set(entry.key, entry.created);
}

function remove({ entries, created }: Copy, key: string): void {
  entries.delete(key);
  created.delete(key);
}
