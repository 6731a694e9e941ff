import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import type { Snapshot } from './desired-state.ts';
import { mailPrefix } from './mail-record.ts';

/** Runs `work` with a connection to etcd, and closes it. */
export async function withEtcd<T>(address: EtcdAddress, work: (etcd: Etcd) => Promise<T>): Promise<T> {
  const etcd = connectEtcd(address);
  try {
    return await work(etcd);
  } finally {
    etcd.close();
  }
}

/** Reads all keys that concern mail, once. */
export async function readSnapshot(address: EtcdAddress): Promise<Snapshot> {
  return withEtcd(address, async (etcd) => {
    const { entries } = await etcd.list(mailPrefix);
    return { mail: new Map(entries.map(({ key, value }) => [key, value])) };
  });
}
