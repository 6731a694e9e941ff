// What a control machine knows about its servers: files in ~/.config/freehold.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@freehold/core/settings';
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

/** The names that servers have as hosts, by HOST of ssh (../deploy/host-names.ts). */
export async function readNames(env: Environment): Promise<Map<string, string>> {
  const text = await readFile(join(configFolder(env), 'names'), 'utf8').catch(() => '');
  const pairs = text.split('\n').map((line) => line.split(' '));
  return new Map(pairs.flatMap(([server, name]) => (server && name ? [[server, name] as const] : [])));
}
