// What lies in ~/.config/freehold/hosts/HOSTNAME is the operator's for this host alone: it becomes /etc/freehold/deployed
// there, for setup.sh to find, and root's alone.
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerWork } from '../each-server.ts';
import type { HeldForRun } from './hold.ts';
import { sendFolder } from './send-folder.ts';

export async function sendOwnFiles(
  one: ServerWork,
  held: HeldForRun,
  { config, name, scripts }: { readonly config: string; readonly name: string; readonly scripts: string },
): Promise<void> {
  const own = await refreshOwnKeys(config, name);
  if (!existsSync(own)) return;
  one.report(`Sending the files in ${own} to /etc/freehold/deployed`);
  const copy = join(one.connection.folder, `own-${one.server}`);
  await cp(own, copy, { recursive: true });
  await writeFile(join(copy, '.whole'), '');
  await sendFolder(one, held, {
    ...{ scripts, folder: copy, entries: ['--exclude=./.whole', '.'] },
    ...{ target: '/etc/freehold/deployed', mode: '700' },
  });
}

/**
 * The host's folder, in which the keys of the cluster are as in ~/.config/freehold/cluster. Those of a cluster whose keys are
 * elsewhere (make-cluster.sh --keys) stay as they are.
 */
export async function refreshOwnKeys(config: string, name: string): Promise<string> {
  const own = join(config, 'hosts', name);
  if (await hasOurKeys(config, own)) await renewKeys(join(config, 'cluster'), own, name);
  return own;
}

async function hasOurKeys(config: string, own: string): Promise<boolean> {
  const ours = await readIfThere(join(config, 'cluster/ca/clients/ca.pem'));
  for (const folder of ['cluster', 'cluster.new']) {
    const its = await readIfThere(join(own, folder, 'client/ca.pem'));
    if (its !== undefined && ours !== undefined && its.equals(ours)) return true;
  }
  return false;
}

const readIfThere = (path: string) => readFile(path).catch(() => undefined);

/** What the host gets of the cluster's keys is as the scripts of scripts/cluster have left it: renewed, or gone since it was removed. */
export async function renewKeys(keys: string, own: string, name: string): Promise<void> {
  const [current, renewed] = [join(own, 'cluster'), join(own, 'cluster.new')];
  await rm(renewed, { recursive: true, force: true });
  if (existsSync(join(keys, 'hosts', name))) {
    await mkdir(own, { recursive: true, mode: 0o700 });
    await cp(join(keys, 'hosts', name), renewed, { recursive: true });
  }
  await rm(current, { recursive: true, force: true });
  if (existsSync(renewed)) await rename(renewed, current);
}
