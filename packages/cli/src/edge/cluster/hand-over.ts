// What a host gets of the cluster's keys: ~/.config/freehold/hosts/HOSTNAME/cluster, which deploys send too.
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '@freehold/core/settings';
import { configFolder } from '../control-machine.ts';

/** The folder with what the operator has for a host. */
export function hostFolder(env: Environment, host: string): string {
  return join(configFolder(env), 'hosts', host);
}

/** Makes it as the folder of the keys has it: renewed, or gone since the host was removed. */
export async function renewHostKeys(keys: string, host: string, env: Environment): Promise<void> {
  const target = join(hostFolder(env, host), 'cluster');
  const source = join(keys, 'hosts', host);
  await rm(`${target}.new`, { recursive: true, force: true });
  const isThere = existsSync(source);
  if (isThere) {
    await mkdir(hostFolder(env, host), { recursive: true, mode: 0o700 });
    await cp(source, `${target}.new`, { recursive: true });
  }
  await rm(target, { recursive: true, force: true });
  if (isThere) await rename(`${target}.new`, target);
}
