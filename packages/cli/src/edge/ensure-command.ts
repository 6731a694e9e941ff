// Programs of this machine that may be missing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FreeholdError } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';
import { scriptsFolder } from './scripts-folder.ts';

/**
 * Installs a package of Debian or Ubuntu unless the command is there, as scripts/lib.sh does it where nothing is installed
 * yet. It waits for other programs that hold apt's lock.
 *
 * @throws FreeholdError if it cannot be installed.
 */
export async function ensureCommand(
  command: string,
  debian: string,
  { env, signal }: { env: Environment; signal: AbortSignal },
): Promise<void> {
  const script = 'set -euo pipefail; source "$1/lib.sh"; ensure_command "$2" "$3"';
  const args = ['-c', script, 'bash', scriptsFolder(env), command, debian];
  const child = spawn('bash', args, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = await once(child, 'close');
  if (code === 0) return;
  throw new FreeholdError(`${command} is required. Install it with: apt-get install ${debian}`);
}
