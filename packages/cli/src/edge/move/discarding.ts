// What a move that failed has brought here is deleted.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { runProgram } from '../run-program.ts';
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
export async function removeSite(site: SiteHere, app: string): Promise<void> {
  const { domain, scripts, signal } = site;
  const script = join(scripts, 'remove-site.sh');
  const { code, stderr } = await runProgram('/bin/bash', [script, domain], { signal });
  if (code !== 0) {
    throw new FreeholdError(`Cannot remove the files of the move: ${stderr.trim().split('\n').at(-1)}`);
  }
  // One that could not start here is no site of this host.
  await trySystemctl(site, 'reset-failed', `${app}@${domain}`);
  await removeInstalled(site);
}
