// A server is deployed to by one control machine at a time: the server sees to that.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { ServerWork } from '../each-server.ts';
import { type Held, holdSession } from '../hold-session.ts';

export interface HeldForRun extends Held {
  /**
   * A command that changes nothing unless the server is still held for this run. A connection that was lost for long may
   * come back, and another run may have the server by then.
   */
  guard(words: readonly string[]): string[];
}

const lock = '/run/freehold-deploy.lock';

// The lock's text is whose it is: hold-for-deploy.sh of any version writes it.
const guard = `if [ "$(head -n 1 ${lock} 2>/dev/null)" != "$1" ] || flock --nonblock ${lock} true; then
  echo "This run holds the server no longer: it was not heard of for too long, and another run may have the server by now. Nothing more was changed. Run this again." >&2
  exit 75
fi
shift; exec "$@"`;

/**
 * Holds a server for this run until it is released, or the run ends.
 *
 * @throws FreeholdError if somebody else deploys to it, or moves a site to or from it.
 */
export async function holdForDeploy(
  { server, connection, report }: ServerWork,
  scripts: string,
): Promise<HeldForRun> {
  // A bare server does not have the script, so it is sent along.
  const script = await readFile(join(scripts, 'host/hold-for-deploy.sh'), 'utf8');
  const since = new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  const run = randomBytes(4).toString('hex');
  const who = `${userInfo().username}@${hostname()}, since ${since}, run ${run}`;
  try {
    const held = await holdSession(connection, ['bash', '-c', script, 'hold-for-deploy', who], {
      step: 'hold',
    });
    return { ...held, guard: (words) => ['sh', '-c', guard, 'guard', who, ...words] };
  } catch (error) {
    connection.signal.throwIfAborted();
    report(reasonOf(error));
    throw new FreeholdError(`Nothing was changed on ${server}.`);
  }
}
