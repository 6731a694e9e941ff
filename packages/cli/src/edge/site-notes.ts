// What is read for the notes beside the list of sites.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = '/data/acme/status';

/** What acme wrote about each site, one sentence, by domain. */
export async function readAutomaticStatuses(): Promise<Map<string, string>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
  const read = async (name: string) =>
    [name, (await readFile(join(folder, name), 'utf8').catch(() => '')).trim()] as const;
  const all = await Promise.all(names.map(read));
  return new Map(all.filter(([, line]) => line !== ''));
}

/** How many ports of the bridge of sites are in use. */
export async function countPorts(): Promise<number> {
  return (await readdir('/sys/class/net/freehold0/brif').catch(() => [])).length;
}
