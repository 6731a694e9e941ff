// Asks the servers of the operator's list which sites they have.
import { access } from 'node:fs/promises';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { readSettings, wholeNumber } from '@freehold/core/settings';
import type { Call } from '../../command.ts';
import { eachAtOnce } from '../../each-at-once.ts';
import { askSites, findElsewhere, parseServerSites, type ServerSites } from '../../restore/find-elsewhere.ts';
import { askServer, type ConnectionOptions } from '../connection.ts';
import { readServers, serversFile } from '../control-machine.ts';

/** Where a server of any version has the scripts. */
const scripts = '/opt/freehold/scripts';

/**
 * The domains that live on another server of the list, each with that server's name as a host. Without a list, there are
 * none.
 *
 * @throws FreeholdError if a server does not answer: it may have any of them.
 */
export async function sitesElsewhere(
  { env, signal }: Pick<Call, 'env' | 'signal'>,
  target: ConnectionOptions,
  domains: readonly string[],
): Promise<Map<string, string>> {
  const file = serversFile(env);
  const hasList = await access(file).then(
    () => true,
    () => false,
  );
  if (!hasList) return new Map();
  const { FREEHOLD_AT_ONCE: limit } = readSettings(
    { FREEHOLD_AT_ONCE: wholeNumber({ min: 1, max: 1000, preset: 10 }) },
    env,
  );
  const servers = await readServers(`all,${target.server}`, env);
  const answers = await eachAtOnce(servers, limit, (server) => ask({ ...target, server }));
  signal.throwIfAborted();
  const [own, others] = [answers[servers.indexOf(target.server)], answers.filter((one) => one !== undefined)];
  if (own !== undefined && others.length === answers.length) return findElsewhere(domains, own, others);
  throw new FreeholdError(
    `Cannot restore to ${target.server}: some servers did not answer, so it is unknown which sites they have. If such a server is gone, delete its line from ${file}, or restore anyway with --even-so. Nothing was changed.`,
  );
}

/** Undefined if it does not answer; the reason is printed. */
async function ask(connection: ConnectionOptions): Promise<ServerSites | undefined> {
  const print = (line: string) => void process.stderr.write(`${connection.server}: ${line}\n`);
  const words = ['bash', '-o', 'pipefail', '-c', askSites, 'ask', scripts];
  try {
    return parseServerSites(await askServer({ ...connection, report: print }, words, 'list sites'));
  } catch (error) {
    if (!connection.signal.aborted) print(reasonOf(error));
    return undefined;
  }
}
