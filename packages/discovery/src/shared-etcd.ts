import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';

/**
 * One connection to etcd for all calls that are in progress: to open one takes longer than to write a record. It opens a
 * new one when etcd ends it (createMembers).
 */
export interface SharedEtcd {
  /** The connection, which is opened at first use. Only between `hold` and the end of what it gives. */
  readonly connect: (address: EtcdAddress) => Etcd;
  /** Keeps the connection open; the last holder's end closes it. */
  readonly hold: () => Disposable;
}

/** Calls that share one all have the same settings of etcd. */
export function createSharedEtcd(): SharedEtcd {
  let holders = 0;
  let etcd: Etcd | undefined;
  const release = () => {
    holders -= 1;
    if (holders > 0) return;
    etcd?.close();
    etcd = undefined;
  };
  return {
    connect: (address) => {
      etcd ??= connectEtcd(address);
      return etcd;
    },
    hold: () => {
      holders += 1;
      return { [Symbol.dispose]: release };
    },
  };
}
