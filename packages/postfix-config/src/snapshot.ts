import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import { servicesPrefix } from '@freehold/core/service-record';
import type { Snapshot } from './look.ts';
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

/** Reads all that concerns mail, once. */
export async function readSnapshot(address: EtcdAddress): Promise<Snapshot> {
  return withEtcd(address, async (etcd) => {
    const list = async (prefix: string) =>
      new Map((await etcd.list(prefix)).entries.map(({ key, value }) => [key, value]));
    return { mail: await list(mailPrefix), services: await list(servicesPrefix) };
  });
}
