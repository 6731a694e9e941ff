// Leases of etcd. Part of etcd.ts, whose header lists the faults it works around. A lease belongs to the
// cluster, not to the connection on which it was granted, so any member can keep it alive. The etcd3 client
// ties it to one connection.
import { type Etcd3, EtcdLeaseInvalidError } from 'etcd3';

export async function grantLease(client: Etcd3, seconds: number): Promise<string> {
  return (await client.leaseClient.leaseGrant({ TTL: seconds })).ID;
}

export async function revokeLease(client: Etcd3, id: string): Promise<void> {
  await client.leaseClient.leaseRevoke({ ID: id });
}

/** @throws EtcdLeaseInvalidError if the lease has expired or was revoked. */
export async function keepLeaseAlive(
  client: Etcd3,
  options: { id: string; withinMs: number },
): Promise<void> {
  const { id, withinMs } = options;
  const stream = await client.leaseClient.leaseKeepAlive({ deadline: Date.now() + withinMs });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  stream.on('data', ({ TTL }) => resolve(TTL));
  stream.on('error', reject);
  stream.on('end', () => reject(new Error('etcd ended the call')));
  stream.write({ ID: id });
  try {
    // etcd also answers for an unknown lease, with no time left.
    if ((await promise) === '0') throw new EtcdLeaseInvalidError(id);
  } finally {
    stream.end();
  }
}
