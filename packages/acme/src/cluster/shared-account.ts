// The account of all members with CAs. Anyone who has its key could have a CA validate any name of the cluster, since every
// edge answers for it: so a new key for certificates, as after a member was removed, brings a new account too.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explained } from '@freehold/core/explain-disk';
import { writeAtomic } from '@freehold/core/write-atomic';
import * as v from 'valibot';
import { type AccountKey, accountKeyOf, makeAccountKey, readAccountKey } from '../account-key.ts';
import type { Layout } from '../layout.ts';
import { emptyHostState, type HostState, hostState, readState } from '../state.ts';
import { type Cluster, openValue } from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import { accountKey } from './etcd-keys.ts';
import { createSharedState } from './shared-state.ts';

/** In place of the address of an account that is to be deactivated, where only its key is known. */
export const unknownUrl = 'unknown';

const sharedAccount = v.object({
  pem: v.string(),
  /** Whether all that is in etcd is sealed with the key that this is sealed with. */
  resealed: v.boolean(),
  /** Accounts of before, with their URL at each directory, until the CA has deactivated them. */
  retired: v.array(v.object({ pem: v.string(), urls: v.record(v.string(), v.string()) })),
});
export type SharedAccount = v.InferOutput<typeof sharedAccount>;

/** The account as it is now; undefined if there is none that this member's newest key opens. @throws OutdatedKeysError */
export async function readSharedAccount(cluster: Cluster): Promise<SharedAccount | undefined> {
  const value = await cluster.etcd.get(accountKey);
  const opened = value === undefined ? undefined : cluster.keyring.open(accountKey, value);
  return opened?.current ? openValue(cluster, { key: accountKey, value }, sharedAccount) : undefined;
}

export async function writeSharedAccount(
  { keyring }: Cluster,
  lock: ClusterLock,
  account: SharedAccount,
): Promise<void> {
  const value = keyring.seal(accountKey, JSON.stringify(account));
  await lock.write({ puts: [{ key: accountKey, value }] });
}

/**
 * Reads the account, or makes it. The first member brings that of its time alone, with what it has ordered.
 *
 * @param directory that of the CA.
 * @throws OutdatedKeysError if another member has newer keys.
 */
export async function ensureSharedAccount(
  cluster: Cluster,
  lock: ClusterLock,
  directory: string,
): Promise<SharedAccount> {
  const found = await readSharedAccount(cluster);
  if (found) return found;
  const { keyring, layout, etcd } = cluster;
  const value = await etcd.get(accountKey);
  const shared = createSharedState(cluster, lock);
  const state = (await shared.read()) ?? emptyHostState;
  const [account, kept] =
    value === undefined
      ? await ownAccount(cluster)
      : [
          renewed(
            openValue(cluster, { key: accountKey, value }, sharedAccount) ??
              (await fromCopy(layout, directory)),
            state,
          ),
          withoutAccount(state),
        ];
  // Together, as the state has the addresses of this account.
  await shared.write(kept, {
    with: [{ key: accountKey, value: keyring.seal(accountKey, JSON.stringify(account)) }],
  });
  await keepCopy(layout.account, account);
  return account;
}

async function ownAccount({ layout }: Cluster): Promise<[SharedAccount, HostState]> {
  const own = await readAccountKey(layout.account);
  const state = own && (await readState(layout.host, hostState));
  return [{ pem: (own ?? makeAccountKey()).pem, resealed: true, retired: [] }, state ?? emptyHostState];
}

/** The account of before with its addresses, as far as they are known. */
type Before = Pick<SharedAccount, 'pem' | 'retired'> & { readonly urls?: Readonly<Record<string, string>> };

function renewed(before: Before | undefined, { accounts }: HostState): SharedAccount {
  const retired = before
    ? [...before.retired, { pem: before.pem, urls: { ...before.urls, ...accounts } }]
    : [];
  return { pem: makeAccountKey().pem, resealed: false, retired };
}

/** After all keys were changed, what is in etcd cannot be opened, but this member has its copy of the account. */
async function fromCopy(layout: Layout, directory: string): Promise<Before | undefined> {
  const own = await readAccountKey(layout.account);
  return own && { pem: own.pem, retired: [], urls: { [directory]: unknownUrl } };
}

/** What was ordered counts for the registered domains whatever the account. */
function withoutAccount({ ledger }: HostState): HostState {
  return { ...emptyHostState, ledger };
}

/** A copy for backups, and for a host that is alone again. */
export async function keepCopy(path: string, { pem }: SharedAccount): Promise<AccountKey> {
  await explained(`Cannot write the account key ${path}`, async () => {
    if ((await readFile(path, 'utf8').catch(() => '')) === pem) return;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomic(path, pem, { mode: 0o600 });
  });
  return accountKeyOf(pem);
}
