// What a move that failed has brought here is deleted.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeSite } from '../remove/remove-site.ts';
import { must, type SiteHere, trySystemctl } from './site-here.ts';
import { removeInstalled } from './unit-files.ts';

const discarded = ({ notes }: SiteHere) => join(notes, 'discarded');

/** Out of its place first: the folder with the mark is the last one. */
export async function discardRuntime(site: SiteHere): Promise<void> {
  await rm(discarded(site), { recursive: true, force: true });
  await mkdir(discarded(site));
  const folder = `/data/runtime/domains/${site.domain}`;
  if (existsSync(folder)) await move(site, folder, 'runtime');
}

export async function discardData(site: SiteHere): Promise<void> {
  await move(site, `/data/domains/${site.domain}`, 'domains');
}

function move(site: SiteHere, folder: string, name: string): Promise<void> {
  const target = join(discarded(site), name);
  return must(site, `Cannot move ${folder} away`, 'mv', '--no-target-directory', folder, target);
}

/** Its data is out of its place, so no database is dumped. What waits to be imported stays. */
export async function removeBrought(site: SiteHere, app: string): Promise<void> {
  await removeSite({ ...site, report: () => undefined }, false);
  // One that could not start here is no site of this host.
  await trySystemctl(site, 'reset-failed', `${app}@${site.domain}`);
  await removeInstalled(site);
}
