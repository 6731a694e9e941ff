// The scripts of this version: how they are found and run.

import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';
import type { ScriptCall } from '../command.ts';

/** The folder scripts/ of the checkout or version that this command belongs to: FREEHOLD_SCRIPTS, set by its wrapper. */
export function scriptsFolder(env: Environment): string {
  const folder = env.FREEHOLD_SCRIPTS ?? join(import.meta.dirname, '../../../../scripts');
  try {
    return realpathSync(folder);
  } catch (error) {
    throw new FreeholdError(`Cannot find freehold's scripts in ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** How a person would type the script, for --dry-run. */
export function formatScriptCall({ path, args }: ScriptCall, folder: string): string {
  const quote = (word: string) =>
    /^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return [join(folder, path), ...args.map(quote)].join(' ');
}

/**
 * Replaces this process by the script, which gets the terminal and the signals as if it had been called itself. A Node
 * that cannot do that runs it as a child.
 *
 * @throws FreeholdError if there is no such script, or the child failed.
 */
export async function becomeScript(
  script: ScriptCall,
  { env, signal }: { env: Environment; signal: AbortSignal },
): Promise<void> {
  const path = join(scriptsFolder(env), script.path);
  if (!existsSync(path)) throw new FreeholdError(`There is no script ${path} in this version of freehold.`);
  if (process.execve) {
    // Node ignores SIGPIPE, and bash could not take that back: a script without a reader would run to its end.
    const words = ['env', '--default-signal=PIPE', 'bash', path, ...script.args];
    process.execve('/usr/bin/env', words, withoutUndefined(env));
  }
  const code = await runScript(path, script, signal);
  signal.throwIfAborted();
  if (code === 0) return;
  throw new FreeholdError(`scripts/${script.path} failed with exit code ${code}; its messages are above.`, {
    code: code === 2 ? 'usage' : 'failed',
  });
}

/** A signal that ends this process ends the script too. */
async function runScript(path: string, { args }: ScriptCall, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const child = spawn('/bin/bash', [path, ...args], { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', reject).on('close', (code) => resolve(code ?? 1));
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return promise;
}

function withoutUndefined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
