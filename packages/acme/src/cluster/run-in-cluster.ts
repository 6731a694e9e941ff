// A run on a member of a cluster: it tells the others what it has, takes over what they have, and orders for all of them when
// it is its turn.
import { connectEtcd } from '@freehold/core/etcd';
import type { Log } from '@freehold/core/log';
import { connectCa } from '../ca.ts';
import { type Context, createContext, readRoot } from '../context.ts';
import type { Layout } from '../layout.ts';
import { publishThumbprint } from '../publish-thumbprint.ts';
import type { Reports } from '../reports.ts';
import type { ClusterSettings } from '../settings.ts';
import { type Cluster, explainDenial } from './cluster.ts';
import { type ClusterLock, withClusterLock } from './cluster-lock.ts';
import { createClusterStore } from './cluster-store.ts';
import { certificatesPrefix, sitesPrefix } from './etcd-keys.ts';
import { readKeyring } from './keyring.ts';
import { reseal } from './reseal.ts';
import { retireAccounts } from './retire-accounts.ts';
import { announceDirectory, checkDirectories } from './same-directory.ts';
import { forgetRemoved, shareOwn } from './share-own.ts';
import { ensureSharedAccount, keepCopy, readSharedAccount, type SharedAccount } from './shared-account.ts';
import { createFollower, type Follower } from './take-over.ts';

interface Run {
  readonly settings: Context['settings'];
  readonly member: ClusterSettings;
  readonly layout: Layout;
  readonly reports: Reports;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** @throws FreeholdError, also for what all members have to wait for; the caller decides how often that is logged. */
export async function runInCluster(run: Run, work: (context: Context) => Promise<void>): Promise<void> {
  const { member, layout, reports, log, signal } = run;
  const keyring = await readKeyring(member.keys);
  const etcd = connectEtcd(member.etcd);
  try {
    const cluster: Cluster = { host: member.host, etcd, keyring, layout };
    let shown: string | undefined;
    const showCurrentAccount = async () => {
      const account = await readSharedAccount(cluster);
      if (account && account.pem !== shown) await showAccount(run, account);
      shown = account?.pem;
    };
    // First of all, since a member whose keys are outdated neither shares nor orders anything.
    await showCurrentAccount();
    const follower = createFollower(cluster, reports, await shareOwn(cluster, reports));
    const catchUp = async () => {
      await follower.catchUp();
      await showCurrentAccount();
    };
    await announceDirectory(cluster, run.settings.directory);
    await follower.catchUp();
    await withClusterLock({ etcd, host: member.host, signal, log, whileWaiting: catchUp }, (lock) =>
      order({ run, cluster, follower, lock }, work),
    );
    await follower.catchUp();
  } catch (error) {
    throw explainDenial(error, member.host);
  } finally {
    etcd.close();
  }
}

async function order(
  of: { run: Run; cluster: Cluster; follower: Follower; lock: ClusterLock },
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const { run, cluster, follower, lock } = of;
  const { settings, layout, log } = run;
  await checkDirectories(cluster, settings.directory);
  const account = await reseal(cluster, lock, await ensureSharedAccount(cluster, lock, settings.directory));
  await showAccount(run, account);
  const ca = await readRoot(settings.caFile);
  const connect = (directory: string, accountKey: string) =>
    connectCa({ directory, accountKey, ca, signal: lock.signal });
  await retireAccounts({ cluster, lock, account, connect, log });
  for (const prefix of [certificatesPrefix, sitesPrefix]) {
    await forgetRemoved(cluster, { prefix, write: (deletes) => lock.write({ deletes }) });
  }
  const store = createClusterStore({ cluster, lock, onInstalled: () => follower.catchUp() });
  const key = await keepCopy(layout.account, account);
  await work(await createContext({ settings, layout, store, account: key, log, signal: lock.signal }));
}

/** HAProxy of this member answers challenges for the account of all. */
async function showAccount({ settings, layout, log }: Run, account: SharedAccount): Promise<void> {
  const { thumbprint } = await keepCopy(layout.account, account);
  await publishThumbprint({ map: layout.thumbprintMap, sockets: settings.haproxySockets, thumbprint, log });
}
