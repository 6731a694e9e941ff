// The same work on many servers at once, each line with its server before it, and a summary at the end.
import { rm } from 'node:fs/promises';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import { readSettings, wholeNumber } from '@freehold/core/settings';
import type { Call } from '../command.ts';
import { eachAtOnce } from '../each-at-once.ts';
import type { ConnectionOptions } from './connection.ts';
import { makeConnectionFolder } from './connection-folder.ts';
import { readServers } from './control-machine.ts';
import { startedAt, withTime } from './deploy/clock.ts';

export interface ServerWork {
  readonly server: string;
  readonly connection: ConnectionOptions;
  /** Prints a sentence with the time. */
  report(sentence: string): void;
  /** Prints a line as it came from the server. */
  print(line: string): void;
}

/** Whatever a server prints reaches the operator's terminal, which obeys some characters. */
export const harmless = (line: string) => visible(line.replaceAll('\t', '    ').replace(/\p{Cc}/gu, ''));

/**
 * The servers of words, each once; 'all' stands for those of the list.
 *
 * @throws FreeholdError `usage`
 */
export function serversOf(words: readonly string[], { env }: Call): Promise<string[]> {
  return readServers(words.join(','), env);
}

/**
 * Does the work for each server, up to FREEHOLD_AT_ONCE at once. One that fails leaves the others alone.
 *
 * @throws FreeholdError with the servers that failed.
 */
export async function onEachServer(
  servers: readonly string[],
  { env, signal }: Call,
  work: (one: ServerWork) => Promise<void>,
): Promise<void> {
  const { FREEHOLD_AT_ONCE: limit } = readSettings(
    { FREEHOLD_AT_ONCE: wholeNumber({ min: 1, max: 1000, preset: 10 }) },
    env,
  );
  const started = startedAt(env);
  const folder = await makeConnectionFolder(env);
  const failed = new Set<string>();
  try {
    await eachAtOnce(servers, limit, async (server) => {
      const print = (line: string) => void process.stdout.write(`${server}: ${harmless(line)}\n`);
      const report = (sentence: string) => withTime(started, sentence).forEach(print);
      const connection = { server, folder, env, signal, report: print };
      await work({ server, connection, report, print }).catch((error: unknown) => {
        signal.throwIfAborted();
        // A bug is a reason too: the other servers are not left half done for it.
        report(error instanceof FreeholdError ? error.message : `Unexpected failure: ${reasonOf(error)}`);
        failed.add(server);
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const done = servers.filter((server) => !failed.has(server));
  if (done.length > 0) process.stdout.write(`${withTime(started, `Done: ${done.join(' ')}`)[0]}\n`);
  if (failed.size === 0) return;
  throw new FreeholdError(
    `Failed: ${servers.filter((server) => failed.has(server)).join(' ')} (the reasons are above).`,
  );
}
