// The units of one site, and what their environments are made of.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import type { TextFile, UnitSources } from '../host/limits.ts';
import type { Host } from './host.ts';
import { enabledUnits, type Properties, showUnits } from './systemd.ts';

export interface SiteUnits {
  readonly app: string;
  /** As in 'static@example.com.service'. */
  readonly unit: string;
  /** The site's unit, then those that it requires and that have presets. */
  readonly sources: readonly UnitSources[];
}

/**
 * Finds the unit of a domain: the one that runs, else one that starts with the host or has failed, else that of the app
 * whose data the domain has.
 *
 * @throws FreeholdError if no app has such a site here, or several do and none of them runs.
 */
export async function findSite(host: Host, domain: Domain, { signal }: Call): Promise<SiteUnits> {
  const candidates = [...host.apps.keys()].map((app) => ({ app, unit: `${app}@${domain}.service` }));
  const shown = await showUnits(
    candidates.map(({ unit }) => unit),
    ['LoadState', 'ActiveState', 'Requires', ...sourceProperties],
    signal,
  );
  const enabled = await enabledUnits();
  const stateOf = (unit: string) => shown.get(unit)?.get('ActiveState') ?? 'inactive';
  const running = candidates.filter(({ unit }) => !['inactive', 'failed'].includes(stateOf(unit)));
  const known = candidates.filter(({ unit }) => enabled.includes(unit) || stateOf(unit) === 'failed');
  const prepared = candidates.filter(({ app }) => hasData(host, app, domain));
  const [site, other] = [running, known, prepared].find((some) => some.length > 0) ?? [];
  if (!site)
    throw new FreeholdError(`There is no site ${domain} on this host. 'freehold site list' lists the sites.`);
  if (other) {
    throw new FreeholdError(
      `${domain} has several units: ${site.unit} and ${other.unit}. Disable one of them.`,
    );
  }
  const own = shown.get(site.unit);
  const required = (own?.get('Requires') ?? '')
    .split(' ')
    .filter((unit) => unit.endsWith(`@${domain}.service`) && unit !== site.unit);
  const further = required.length > 0 ? await showUnits(required, sourceProperties, signal) : new Map();
  const units = [[site.unit, own], ...required.map((unit) => [unit, further.get(unit)])] as [
    string,
    Properties,
  ][];
  return {
    ...site,
    sources: await Promise.all(units.map(([unit, properties]) => readSources(unit, properties))),
  };
}

/** Whether all folders are there that the app declares (Data=). */
function hasData({ apps }: Host, app: string, domain: Domain): boolean {
  const folders = apps.get(app)?.get('Data') ?? [];
  return folders.length > 0 && folders.every((folder) => existsSync(join('/data/domains', domain, folder)));
}

const sourceProperties = ['FragmentPath', 'DropInPaths', 'EnvironmentFiles'];

async function readSources(unit: string, properties: Properties | undefined): Promise<UnitSources> {
  const value = (key: string) => properties?.get(key) ?? '';
  const fragments = [value('FragmentPath'), ...value('DropInPaths').split(' ')];
  const files = value('EnvironmentFiles')
    .split('\n')
    .map((line) => line.replace(/ \(ignore_errors=(?:yes|no)\)$/, ''));
  return { unit, fragments: await readAll(fragments), files: await readAll(files) };
}

async function readAll(paths: readonly string[]): Promise<TextFile[]> {
  const read = async (path: string) => {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    return text === undefined ? [] : [{ path, text }];
  };
  return (await Promise.all(paths.filter((path) => path !== '').map(read))).flat();
}
