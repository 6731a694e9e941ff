// After a change of the key for certificates: what is in etcd is sealed with the new one, so that the old one opens nothing
// that is there any more.
import { parseState, siteState } from '../state.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import { certificatesPrefix, ordersPrefix, sitesPrefix } from './etcd-keys.ts';
import { type SharedAccount, writeSharedAccount } from './shared-account.ts';

/** What cannot be opened is deleted: members bring their sites' certificates again. */
export async function reseal(
  cluster: Cluster,
  lock: ClusterLock,
  account: SharedAccount,
): Promise<SharedAccount> {
  if (account.resealed) return account;
  const { etcd, keyring } = cluster;
  for (const prefix of [certificatesPrefix, sitesPrefix, ordersPrefix]) {
    for await (const { entries } of etcd.pages(prefix)) {
      for (const { key, value } of entries) {
        const opened = keyring.open(key, value);
        if (opened?.current) continue;
        const text = prefix === sitesPrefix ? withoutOrder(opened?.text) : opened?.text;
        if (text === undefined) await lock.write({ deletes: [key] });
        else await lock.write({ puts: [{ key, value: keyring.seal(key, text) }] });
      }
    }
  }
  const done = { ...account, resealed: true };
  await writeSharedAccount(cluster, lock, done);
  return done;
}

/** An order belongs to the account that made it, which is another one now. */
function withoutOrder(text: string | undefined): string | undefined {
  const state = text === undefined ? undefined : parseState(text, siteState);
  if (!state) return undefined;
  const { order: _, ...rest } = state;
  return JSON.stringify(rest);
}
