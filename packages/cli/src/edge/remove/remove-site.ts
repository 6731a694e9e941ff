// Removes a site from this host.
import { otherHosts } from '../../move/announcement.ts';
import { summarize } from '../../remove/leftovers.ts';
import { planRemoval, type RemovalOperation } from '../../remove/plan.ts';
import { databaseHere, planDump } from '../dump/dump-site.ts';
import { listKeys } from '../etcd.ts';
import type { SiteHere } from '../move/site-here.ts';
import { type Removal, removalActs } from './acts.ts';
import { lookForLeftovers, ownPaths, runtimePaths, unfinishedPaths, unitsToStop } from './look.ts';

/**
 * Stops the site and removes it from etcd and HAProxy, so that its name answers 404. Run again, it completes an interrupted
 * run.
 *
 * @throws FreeholdError if the site cannot be removed completely.
 */
export async function removeSite(site: SiteHere, deletesData: boolean): Promise<Removal> {
  const removal: Removal = { site, linked: [], mounted: [], elsewhere: [] };
  // What cannot be dumped is reported while the site still runs.
  if (!deletesData && databaseHere(site) !== undefined) await planDump(site);
  for (const operation of planRemoval(deletesData)) {
    site.signal.throwIfAborted();
    await removalActs[operation](removal);
  }
  return removal;
}

/** A sentence about the end of a removal, and lines with what is left. */
export async function reportRemoval({ site, ...removal }: Removal): Promise<string> {
  return summarize(site.domain, await lookForLeftovers(site, await ownPaths(site.domain), removal));
}

/** What a removal would do, a line each. */
export async function predictRemoval(site: SiteHere, deletesData: boolean): Promise<string[]> {
  const lines: string[] = [];
  for (const operation of planRemoval(deletesData)) {
    lines.push(...(await predict(site, operation)));
  }
  return [...lines, 'Nothing was changed.'];
}

async function predict(site: SiteHere, operation: RemovalOperation): Promise<string[]> {
  const { domain } = site;
  const deleted = (paths: readonly string[]) => paths.map((path) => `Would delete ${path}`);
  switch (operation) {
    case 'stop-site':
      return (await unitsToStop(site)).map((unit) => `Would stop and disable ${unit}`);
    case 'dump-database':
      if (databaseHere(site) === undefined) return [];
      return [`Would dump the database to ${(await planDump(site)).file}`];
    case 'withdraw':
      return [`Would remove ${domain} from etcd, and thereby from HAProxy`];
    case 'delete-runtime':
      return deleted(runtimePaths(domain));
    case 'delete-data':
      return deleted([...Object.values(await ownPaths(domain)).flat(), ...(await unfinishedPaths(domain))]);
    case 'leave-edge':
      return predictEdge(site);
    case 'stop-units':
    case 'remove-containers':
      return [];
  }
}

async function predictEdge({ host, domain, signal }: SiteHere): Promise<string[]> {
  const keys = await listKeys(host.settings, '/services/', signal);
  const elsewhere = otherHosts(keys, domain, host.settings.FREEHOLD_HOST);
  if (elsewhere.length === 0) return [`${domain} would answer 404.`];
  return [`This host would proxy visitors of ${domain} to ${elsewhere.join(' ')}, where it runs too.`];
}
