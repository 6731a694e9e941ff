import { backoff, sleep } from './backoff.ts';
import { reasonOf } from './error.ts';
import { type Change, connectEtcd } from './etcd.ts';
import type { EtcdAddress } from './etcd-address.ts';
import type { Log } from './log.ts';

/** What is known of a prefix: empty and not `complete` until etcd has answered for the first time. */
export interface Mirror {
  readonly entries: ReadonlyMap<string, string>;
  readonly complete: boolean;
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
  const entries = new Map<string, string>();
  const mirror = { entries, complete: false };
  void follow(mirror, options);
  return mirror;
}

async function follow(
  mirror: { entries: Map<string, string>; complete: boolean },
  options: Parameters<typeof startMirror>[0],
): Promise<void> {
  const { etcd: address, prefix, signal, log, onChange } = options;
  let troubled = false;
  let delays = backoff();
  while (!signal.aborted) {
    const etcd = connectEtcd(address);
    try {
      const { entries, revision } = await etcd.list(prefix);
      if (replace(mirror.entries, entries) || !mirror.complete) {
        mirror.complete = true;
        onChange();
      }
      if (troubled) log.notice(`etcd answers again for ${prefix}.`);
      troubled = false;
      delays = backoff();
      const onChanges = (changes: Change[]) => {
        for (const { key, value } of changes) {
          if (value === undefined) mirror.entries.delete(key);
          else mirror.entries.set(key, value);
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

/** Makes the map equal to the list; tells whether anything differed. */
function replace(map: Map<string, string>, list: readonly { key: string; value: string }[]): boolean {
  const differs = map.size !== list.length || list.some(({ key, value }) => map.get(key) !== value);
  if (!differs) return false;
  map.clear();
  for (const { key, value } of list) map.set(key, value);
  return true;
}
