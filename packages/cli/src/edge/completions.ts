import { readdir } from 'node:fs/promises';
import type { Environment } from '@freehold/core/settings';
import type { Completes } from '../command.ts';
import { readServers } from './control-machine.ts';
import { readApps } from './host.ts';

/** The names that this machine knows. What cannot be read is empty: nobody wants an error while typing. */
export async function readCompletions(kind: Completes, env: Environment): Promise<string[]> {
  try {
    if (kind === 'domain') return (await readdir('/data/domains')).filter((name) => name.includes('.'));
    if (kind === 'server') return ['all', ...(await readServers('all', env))];
    if (kind === 'app') return [...(await readApps(env)).keys()];
    return kind === 'limit' ? ['memory=', 'pids=', 'mysql-memory=', 'mysql-pids='] : [];
  } catch {
    return [];
  }
}
