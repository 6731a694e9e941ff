import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';

/**
 * Runs a program of this machine, which prints to this process's own streams.
 *
 * @param what the failure, as a sentence.
 * @throws FreeholdError if it fails.
 */
export async function runHere(
  { env, signal }: { readonly env: Environment; readonly signal: AbortSignal },
  command: string,
  args: readonly string[],
  what: string,
): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...env }, signal });
  const [code] = await once(child, 'close').catch((error: unknown) => {
    signal.throwIfAborted();
    throw new FreeholdError(`${what} ${command} could not be run: ${reasonOf(error)}`, { cause: error });
  });
  if (code !== 0) throw new FreeholdError(`${what} ${command} failed with exit code ${code}.`);
}
