// A member of a cluster gets what this version needs of the cluster's keys, and of its role in etcd.
import { reasonOf } from '@freehold/core/error';
import { createLog } from '@freehold/core/log';
import { renewMembership as renew } from '../cluster/renew-membership.ts';
import type { ServerWork } from '../each-server.ts';

/**
 * Does nothing for a host that has no keys of ~/.config/freehold/cluster. A deploy does not fail for it: without it, the
 * member continues as before, and setup.sh there reports what it lacks.
 */
export async function renewMembership(
  { server, connection, report }: ServerWork,
  name: string,
): Promise<void> {
  const { env, signal } = connection;
  const log = createLog({ write: (text) => report(text.trimEnd()), isTTY: true });
  try {
    await renew(server, name, { argv: [], env, log, signal }, report);
  } catch (error) {
    signal.throwIfAborted();
    report(reasonOf(error));
    report(
      `Warning: the keys of ${name}, or its role in etcd, may be of an earlier version. Run scripts/deploy/make-cluster.sh again.`,
    );
  }
}
