import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { servicesPrefix } from '@freehold/core/service-record';
import type { Snapshot } from './look.ts';
import { mailPrefix } from './mail-record.ts';

/** Runs `work` with a connection to etcd, and closes it. */
export async function withEtcd<T>(
  endpoints: readonly string[],
  work: (etcd: Etcd) => Promise<T>,
): Promise<T> {
  const etcd = connectEtcd(endpoints);
  try {
    return await work(etcd);
  } finally {
    etcd.close();
  }
}

/** Reads all that concerns mail, once. */
export async function readSnapshot(endpoints: readonly string[]): Promise<Snapshot> {
  return withEtcd(endpoints, async (etcd) => {
    const list = async (prefix: string) =>
      new Map((await etcd.list(prefix)).entries.map(({ key, value }) => [key, value]));
    return { mail: await list(mailPrefix), services: await list(servicesPrefix) };
  });
}
