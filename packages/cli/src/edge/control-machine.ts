// What a control machine knows about its servers: files in ~/.config/freehold.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';
import { parseNames } from '../deploy/host-names.ts';
import { selectServers } from '../servers.ts';

export function configFolder(env: Environment): string {
  return (
    env.FREEHOLD_CONFIG || join(env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config'), 'freehold')
  );
}

export function serversFile(env: Environment): string {
  return env.FREEHOLD_SERVERS || join(configFolder(env), 'servers');
}

/** @throws FreeholdError `usage`; see selectServers. */
export async function readServers(text: string, env: Environment): Promise<string[]> {
  const file = serversFile(env);
  return selectServers(text, { file, listed: await readFile(file, 'utf8').catch(() => undefined) });
}

/**
 * The text of the file of names; '' if there is none.
 *
 * @throws FreeholdError if it cannot be read: with names missing, a server could take another one's.
 */
export function readNamesFile(config: string): Promise<string> {
  const file = join(config, 'names');
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new FreeholdError(`Cannot read ${file}: ${reasonOf(cause)}`, { cause });
  });
}

/** The names that servers have as hosts, by HOST of ssh (../deploy/host-names.ts). */
export async function readNames(env: Environment): Promise<Map<string, string>> {
  return parseNames(await readNamesFile(configFolder(env)));
}
