// The databases of this host's sites, and the servers of its images.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { type Database, firstSeries, type SiteData, whyNotReadable } from '../../deploy/databases.ts';
import { runProgram } from '../run-program.ts';
import { type Apps, docker, hasImage, lines, type SwitchHere } from './host-here.ts';
import { readIfThere } from './versions-here.ts';

const domains = '/data/runtime/domains';

/** @throws FreeholdError if the version's database server is older than the data of a site. Changes nothing. */
export async function checkDatabases(host: SwitchHere, apps: Apps, version: string): Promise<void> {
  for (const database of apps.databases) {
    const image = `freehold/${database.image}:${version}`;
    // A version from before there was this database.
    if (!(await hasImage(host, image))) continue;
    const target = await seriesOf(host, database, image);
    if (target === undefined) {
      throw new FreeholdError(
        `Cannot switch to version ${version}: the ${database.server} of its image freehold/${database.image} does not start. Nothing was changed.`,
      );
    }
    const reason = whyNotReadable(version, database, target, await readSites(host, database));
    if (reason !== undefined) throw new FreeholdError(reason);
  }
}

/** Images made before they had the label are asked. */
async function seriesOf(host: SwitchHere, { program }: Database, image: string): Promise<string | undefined> {
  const label = await docker(
    host,
    'image',
    'inspect',
    '--format',
    '{{index .Config.Labels "freehold.data-version"}}',
    image,
  );
  if (label.trim() !== '') return firstSeries(label);
  const options = [
    '--rm',
    '--pull',
    'never',
    '--log-driver',
    'none',
    '--network',
    'none',
    '--entrypoint',
    program,
  ];
  const { stdout } = await runProgram('docker', ['run', ...options, image, '--version'], {
    signal: host.signal,
  });
  return firstSeries(stdout);
}

async function readSites(host: SwitchHere, database: Database): Promise<SiteData[]> {
  // Those that are being deleted begin with a dot.
  const names = (await readdir(domains).catch(() => [])).filter((name) => !name.startsWith('.'));
  const found: SiteData[] = [];
  for (const domain of names.filter((name) => existsSync(join(domains, name, database.files)))) {
    // The server notes it; before it did, it was the one that runs.
    const noted = firstSeries(await readIfThere(join(domains, domain, database.record)));
    found.push({ domain, series: noted ?? (await runningSeries(host, database, domain)) });
  }
  return found;
}

/** Of what its database runs on, or will at its next start. */
async function runningSeries(
  host: SwitchHere,
  database: Database,
  domain: string,
): Promise<string | undefined> {
  const volume = join(domains, domain, dirname(database.files));
  const [container] = lines(await docker(host, 'ps', '--all', '--quiet', '--filter', `volume=${volume}`));
  const used = container && (await docker(host, 'inspect', '--format', '{{.Image}}', container)).trim();
  return seriesOf(host, database, used || `freehold/${database.image}:latest`).catch(() => undefined);
}
