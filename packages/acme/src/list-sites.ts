import { readdir, readFile } from 'node:fs/promises';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Layout } from './layout.ts';

/**
 * The sites of this host: their data is here, and they have been announced once, so that they are installed completely.
 * A site that was removed has its data only.
 */
export async function listSites({ domains, hostsMap }: Layout): Promise<Domain[]> {
  const [names, announced] = [await readdir(domains), await readAnnounced(hostsMap)];
  return names.filter((name) => announced.has(name) && isCanonical(name)).sort() as Domain[];
}

async function readAnnounced(path: string): Promise<ReadonlySet<string>> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n');
    return new Set(lines.map((line) => line.split(' ')[0] ?? ''));
  } catch (error) {
    throw new FreeholdError(
      `The list of sites is unknown, because ${path} cannot be read: ${reasonOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}

function isCanonical(name: string): boolean {
  try {
    return parseDomain(name) === name;
  } catch {
    return false;
  }
}
