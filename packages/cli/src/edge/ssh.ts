// Runs a command on servers, by the system's ssh with its configuration, agent and known hosts.
import type { Environment } from '@freehold/core/settings';
import { type LineReaders, type Outcome, runProgram } from './run-program.ts';

/** The first value of an option is the one that counts, so FREEHOLD_SSH_OPTIONS can take none of these back. */
const fixed = [
  '-T',
  ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=10'].flatMap((one) => ['-o', one]),
  ...['ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap((one) => ['-o', one]),
];

export interface SshOptions extends LineReaders {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Each word in single quotes, for whatever shell the user has there. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/**
 * Runs a command as root on a server. A user who is not root needs sudo without a password there. The exit code is 255
 * where ssh itself failed.
 */
export async function runOnServer(
  server: string,
  words: readonly string[],
  options: SshOptions,
): Promise<Outcome> {
  const { env, ...others } = options;
  return runProgram('ssh', [...sshArguments(env), server, sshCommand(words)], {
    ...others,
    env: { ...process.env, ...env },
  });
}

/** The options of ssh, those that FREEHOLD_SSH_OPTIONS has among them. */
export function sshArguments(env: Environment, further: readonly string[] = []): string[] {
  const extra = (env.FREEHOLD_SSH_OPTIONS ?? '').split(/\s+/).filter((word) => word !== '');
  return [...fixed, ...further, ...extra];
}

/** A command line that runs the words as root there: one word for whatever shell the user has. */
export function sshCommand(words: readonly string[]): string {
  // `id` and `sudo` are asked there: which user it is depends on ssh's configuration.
  const command = `if [ "$(id -u)" = 0 ]; then exec ${quoteWords(words)}; else exec sudo -n -- ${quoteWords(words)}; fi`;
  return `sh -c ${quoteWords([command])}`;
}
