import { isDeepStrictEqual } from 'node:util';
import type { Log } from '@freehold/core/log';
import type { connectCa } from '../ca.ts';
import { CaError } from '../ca-error.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import { type SharedAccount, unknownUrl, writeSharedAccount } from './shared-account.ts';

/**
 * Has the CA deactivate accounts of before (RFC 8555 section 7.3.6): their keys may be known to a member that was removed, and
 * CAs remember for weeks which names an account has been validated for. A CA that does not answer, or for which a proxy does, is
 * asked in the next run.
 *
 * @param options.connect connects to a directory by an account's key.
 */
export async function retireAccounts(options: {
  cluster: Cluster;
  lock: ClusterLock;
  account: SharedAccount;
  connect: (directory: string, accountKey: string) => ReturnType<typeof connectCa>;
  log: Log;
}): Promise<void> {
  const { cluster, lock, account, connect, log } = options;
  const left = [];
  for (const { pem, urls } of account.retired) {
    const rest: Record<string, string> = {};
    for (const [directory, url] of Object.entries(urls)) {
      try {
        const ca = await connect(directory, pem);
        const known = url === unknownUrl ? await ca.existingAccount() : url;
        if (known === undefined) continue;
        await ca.deactivate(known);
        log.notice(`The account ${known} was deactivated, because the cluster has a new key.`);
      } catch (error) {
        lock.signal.throwIfAborted();
        if (!(error instanceof CaError)) throw error;
        if (isDecided(error))
          log.notice(`A former account of the cluster is left as it is: ${error.message}`);
        else rest[directory] = url;
      }
    }
    if (Object.keys(rest).length > 0) left.push({ pem, urls: rest });
  }
  // All members are started by each change of the account: a CA that does not answer must not cause one.
  if (!isDeepStrictEqual(left, account.retired)) {
    await writeSharedAccount(cluster, lock, { ...account, retired: left });
  }
}

/** Whether the CA itself refuses, as where the account is deactivated already: asking again brings nothing. */
function isDecided({ type = '' }: CaError): boolean {
  return ['unauthorized', 'accountDoesNotExist', 'malformed'].includes(type);
}
