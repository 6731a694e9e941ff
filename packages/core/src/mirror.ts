import { backoff, sleep } from './backoff.ts';
import { reasonOf } from './error.ts';
import { type Change, connectEtcd, type Entry, type Etcd } from './etcd.ts';
import type { EtcdAddress } from './etcd-address.ts';
import type { Log } from './log.ts';

/** The known entries of a prefix: empty and not `complete` until etcd has answered for the first time. */
export interface Mirror {
  readonly entries: ReadonlyMap<string, string>;
  /** For each key, the revision in which it was created. */
  readonly created: ReadonlyMap<string, bigint>;
  readonly complete: boolean;
}

interface Copy extends Mirror {
  readonly entries: Map<string, string>;
  readonly created: Map<string, bigint>;
  complete: boolean;
}

/** The interval at which the copy is compared with a new list, in milliseconds. */
const compareMs = 600_000;

/** An event in transit arrives within this many milliseconds; one that does not was missed. */
const eventMs = 5000;

/**
 * Keeps a copy of everything under a prefix: lists, then watches from the next revision on. At any fault it
 * starts again with a new connection and a new list, so no change in between is missed; until then the copy
 * keeps its entries. Periodically it is compared with a new list, and changes that the watch missed are
 * logged. `onChange` means 'compare again' and receives the keys that have changed: none if the prefix is
 * empty.
 */
export function startMirror(options: {
  etcd: EtcdAddress;
  prefix: string;
  signal: AbortSignal;
  log: Log;
  onChange: (keys: ReadonlySet<string>) => void;
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
    const connection = new AbortController();
    try {
      const { entries, revision } = await etcd.list(prefix);
      const keys = replace(mirror, entries);
      if (troubled)
        log.notice(`Connected to etcd again for ${prefix}.`, keys.size > 0 ? { changed: keys.size } : {});
      if (keys.size > 0 || !mirror.complete) {
        mirror.complete = true;
        onChange(keys);
      }
      troubled = false;
      delays = backoff();
      const touched = new Set<string>();
      const onChanges = (changes: Change[]) => {
        for (const change of changes) {
          touched.add(change.key);
          if (change.value === undefined) remove(mirror, change.key);
          else set(mirror, change);
        }
        if (changes.length > 0) onChange(new Set(changes.map(({ key }) => key)));
      };
      void compareNowAndThen(mirror, { ...options, etcd, touched, signal: connection.signal });
      await etcd.watch({ prefix, revision: revision + 1n, signal, onChanges });
    } catch (error) {
      if (!troubled && !signal.aborted) log.warning(`${reasonOf(error)}; the last known state stays in use.`);
      troubled = true;
    } finally {
      connection.abort();
      etcd.close();
    }
    if (!signal.aborted) await sleep(delays.next().value, signal);
  }
}

/** `touched`: keys that the watch has reported since the set was last cleared. */
async function compareNowAndThen(
  mirror: Copy,
  options: Omit<Parameters<typeof startMirror>[0], 'etcd'> & { etcd: Etcd; touched: Set<string> },
): Promise<void> {
  const { etcd, prefix, signal, log, onChange, touched } = options;
  while (!signal.aborted) {
    await sleep(compareMs, signal);
    if (signal.aborted) return;
    touched.clear();
    // The watch detects and reports faults of etcd.
    const list = await etcd.list(prefix).catch(() => undefined);
    await sleep(eventMs, signal);
    if (!list || signal.aborted) continue;
    const missed = replace(mirror, list.entries, touched);
    if (missed.size === 0) continue;
    log.warning(`The watch of ${prefix} missed ${missed.size} changes, which a new list contains.`);
    onChange(missed);
  }
}

/**
 * Makes the copy equal to the list, except for keys that have changed since; returns the keys that differed.
 */
function replace(mirror: Copy, list: readonly Entry[], except: ReadonlySet<string> = new Set()): Set<string> {
  const { entries, created } = mirror;
  const isKnown = (entry: Entry) =>
    entries.get(entry.key) === entry.value && created.get(entry.key) === entry.created;
  const listed = new Set(list.map(({ key }) => key));
  const gone = [...entries.keys()].filter((key) => !listed.has(key) && !except.has(key));
  const different = list.filter((entry) => !except.has(entry.key) && !isKnown(entry));
  for (const key of gone) remove(mirror, key);
  for (const entry of different) set(mirror, entry);
  return new Set([...gone, ...different.map(({ key }) => key)]);
}

function set({ entries, created }: Copy, entry: Entry): void {
  entries.set(entry.key, entry.value);
  created.set(entry.key, entry.created);
}

function remove({ entries, created }: Copy, key: string): void {
  entries.delete(key);
  created.delete(key);
}
