// On a member of a cluster, confd has acme run when other members have changed something (unit acme.path): acme is no
// resident program, and this one follows etcd anyway.
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acmeLockKey, acmeSharedPrefix } from '@freehold/core/acme-keys';
import { reasonOf } from '@freehold/core/error';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import type { Log } from '@freehold/core/log';
import { startMirror } from '@freehold/core/mirror';

/**
 * Puts a file into the folder at each change: another account, another certificate, or the death of the member that orders for
 * all. Nothing where the folder is not there, as under units of a version before.
 */
export async function wakeAcme(options: {
  etcd: EtcdAddress;
  folder: string;
  signal: AbortSignal;
  log: Log;
}): Promise<void> {
  const { folder, log } = options;
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return;
  const { entries } = startMirror({
    ...options,
    prefix: acmeSharedPrefix,
    onChange(keys) {
      if (!isNews(keys, entries)) return;
      writeFile(join(folder, 'changed'), '').catch((error) =>
        log.warning(`Cannot wake up acme after changes by other members: ${reasonOf(error)}.`),
      );
    },
  });
}

/** The lock is taken and given back at each run: only its deletion is news. */
export function isNews(changed: ReadonlySet<string>, entries: ReadonlyMap<string, string>): boolean {
  return [...changed].some((key) => key !== acmeLockKey || !entries.has(key));
}
