// What all members know of the CA: limits, failures and accounts in one value, and the budget in a value for each order. As
// one value, the 16,800 orders that a CA accepts in a week would be larger than what etcd accepts (1.5 MB), and all of them would
// be written again three times for each certificate.
import { type Ledger, type OrderEntry, orderEntry } from '../ledger.ts';
import { emptyHostState, type HostState, hostState } from '../state.ts';
import { type Cluster, openValue } from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import { orderKey, ordersPrefix, stateKey } from './etcd-keys.ts';

/** So many keys are written in one transaction; etcd takes 128. */
const atOnce = 100;

/**
 * So many of the newest orders are in the one value too, some 40 KB, as members of version 0.2 know no others. To be removed
 * when no cluster has such members any more.
 */
const inOneValue = 300;

export interface SharedState {
  /** Undefined where nothing is known yet. */
  read(): Promise<HostState | undefined>;
  /** Writes what differs from what was read or written last. `with`: what is written together with the limits and accounts. */
  write(state: HostState, more?: { readonly with: readonly Put[] }): Promise<void>;
}

interface Put {
  readonly key: string;
  readonly value: string;
}

export function createSharedState(cluster: Cluster, lock: ClusterLock): SharedState {
  const { etcd, keyring } = cluster;
  /** What is in etcd: the state with the newest orders, and all orders by their keys. */
  let present:
    | { readonly state: string | undefined; readonly orders: ReadonlyMap<string, string> }
    | undefined;
  const put = (key: string, text: string): Put => ({ key, value: keyring.seal(key, text) });

  async function inParts<T>(all: readonly T[], write: (part: T[]) => Promise<void>): Promise<void> {
    for (let at = 0; at < all.length; at += atOnce) await write(all.slice(at, at + atOnce));
  }

  return {
    async read() {
      const state = openValue(cluster, { key: stateKey, value: await etcd.get(stateKey) }, hostState);
      const orders = new Map<string, OrderEntry>();
      for await (const { entries } of etcd.pages(ordersPrefix)) {
        for (const { key, value } of entries) {
          const order = openValue(cluster, { key, value }, orderEntry);
          if (order) orders.set(key, order);
        }
      }
      present = {
        state: state && JSON.stringify(state),
        orders: new Map([...orders].map(([key, order]) => [key, JSON.stringify(order)])),
      };
      if (!state && orders.size === 0) return undefined;
      const { ledger, ...rest } = state ?? emptyHostState;
      return { ...rest, ledger: merge(ledger, orders) };
    },
    async write(next, more) {
      const before = present ?? { state: undefined, orders: new Map<string, string>() };
      const orders = new Map(next.ledger.map((order) => [orderKey(order), JSON.stringify(order)]));
      const changed = [...orders].filter(([key, text]) => before.orders.get(key) !== text);
      await inParts(changed, (part) => lock.write({ puts: part.map(([key, text]) => put(key, text)) }));
      const state = JSON.stringify({ ...next, ledger: newest(next.ledger) });
      // After the orders, which a version before had in the same value.
      if (more || state !== before.state)
        await lock.write({ puts: [put(stateKey, state), ...(more?.with ?? [])] });
      const gone = [...before.orders.keys()].filter((key) => !orders.has(key));
      await inParts(gone, (deletes) => lock.write({ deletes }));
      present = { state, orders };
    },
  };
}

function newest(ledger: Ledger): OrderEntry[] {
  return ledger.toSorted((one, other) => one.at - other.at).slice(-inOneValue);
}

/** The orders of both kinds by age: one that has a value of its own may have got on since. */
function merge(before: Ledger, orders: ReadonlyMap<string, OrderEntry>): OrderEntry[] {
  const all = new Map([...before.map((order) => [orderKey(order), order] as const), ...orders]);
  return [...all.values()].sort((one, other) => one.at - other.at);
}
