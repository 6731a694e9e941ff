// A member of a cluster gets what this version needs of the cluster's keys, and of its role in etcd: scripts/deploy/
// membership.sh does it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerWork } from '../each-server.ts';
import { runProgram } from '../run-program.ts';

const script = `set -euo pipefail
repository=$(dirname "$1")
for part in lib deploy/servers deploy/names deploy/send deploy/membership; do source "$1/$part.sh"; done
here=$1/deploy
renew_membership "$2" "$3" </dev/null`;

/**
 * Does nothing for a host that has no keys of ~/.config/freehold/cluster. A deploy does not fail for it: without it, the
 * member goes on as before, and setup.sh there tells what it lacks.
 */
export async function renewMembership(
  { server, connection, print }: ServerWork,
  { config, name, scripts }: { readonly config: string; readonly name: string; readonly scripts: string },
): Promise<void> {
  const members = await readFile(join(config, 'cluster/members'), 'utf8').catch(() => '');
  if (!members.split('\n').some((line) => line.split(/\s+/)[0] === name)) return;
  const { env, signal } = connection;
  await runProgram('bash', ['-c', script, 'membership', scripts, server, name], {
    ...{ signal, env: { ...process.env, ...env }, onLine: print, onErrorLine: print },
  });
}
