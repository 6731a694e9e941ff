// The operations of a removal, on this host.
import { rm } from 'node:fs/promises';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { otherHosts } from '../../move/announcement.ts';
import { type RemovalOperation, unitsAround } from '../../remove/plan.ts';
import { databaseHere, dumpSite } from '../dump/dump-site.ts';
import { lastLine, listKeys, runEtcdctl } from '../etcd.ts';
import { httpStatus } from '../http-status.ts';
import { furtherUnits, type SiteHere, systemctl, trySystemctl } from '../move/site-here.ts';
import { outputOf, runProgram } from '../run-program.ts';
import { reloadUnits } from '../systemd.ts';
import { waitUntil } from '../wait-until.ts';
import { type DeleteOptions, deletePath } from './delete-path.ts';
import { certificateOf, notePaths, ownPaths, runtimePaths, unfinishedPaths, unitsToStop } from './look.ts';

/** A removal while it runs. */
export interface Removal {
  readonly site: SiteHere;
  /** Where symbolic links led that were deleted. */
  readonly linked: string[];
  /** Roots of mounted file systems, which were emptied. */
  readonly mounted: string[];
  /** Other hosts of the same etcd that know the domain. */
  readonly elsewhere: string[];
}

export const removalActs: Readonly<Record<RemovalOperation, (removal: Removal) => Promise<void>>> = {
  'stop-site': stopSite,
  'stop-units': stopUnits,
  'dump-database': dumpDatabase,
  'remove-containers': removeContainers,
  withdraw,
  'delete-runtime': deleteRuntime,
  'delete-data': deleteData,
  'leave-edge': leaveEdge,
};

async function stopSite({ site }: Removal): Promise<void> {
  for (const unit of await unitsToStop(site)) {
    site.report(`Stopping and disabling ${unit}`);
    await systemctl(site, 'disable', '--quiet', '--now', unit).catch((cause: unknown) => {
      throw new FreeholdError(`${unit} does not stop. See systemctl status ${unit}.`, { cause });
    });
    await trySystemctl(site, 'reset-failed', unit);
  }
}

async function stopUnits({ site }: Removal): Promise<void> {
  const { domain, host } = site;
  const templates = [...host.apps.values()].flatMap((declared) => declared.get('Units') ?? []);
  const units = unitsAround(domain, templates);
  await trySystemctl(site, 'disable', '--quiet', `dump@${domain}.timer`);
  await systemctl(site, 'stop', ...units);
  await trySystemctl(site, 'reset-failed', ...units);
}

/** The database, if there is one, is in /data/runtime, which is deleted. Only a site that is stopped cannot create it meanwhile. */
async function dumpDatabase({ site }: Removal): Promise<void> {
  const { domain } = site;
  if (databaseHere(site) === undefined) return;
  try {
    site.report(await dumpSite(site, 600));
  } catch (cause) {
    site.signal.throwIfAborted();
    throw new FreeholdError(
      `${domain} is stopped, but not removed, because its database would be lost: ${reasonOf(cause)} Fix that and run this again (systemctl enable --now ${databaseHere(site)}@${domain} starts the site again), or add --delete-data.`,
      { cause },
    );
  }
}

async function removeContainers({ site }: Removal): Promise<void> {
  const { domain, host, signal } = site;
  const words = ['ps', '--all', '--quiet', '--filter', `label=freehold.site=${domain}`];
  const found = (await outputOf('docker', words, { signal })).split('\n').filter((id) => id !== '');
  if (found.length > 0) await outputOf('docker', ['rm', '--force', ...found], { signal });
  // Those of units that accompany it, as of a database.
  const units = new Set([...host.apps.keys()].flatMap((app) => furtherUnits(site, app)));
  const names = [...units].flatMap((unit) => /^([^@]+)@.*\.service$/.exec(unit)?.[1] ?? []);
  if (names.length === 0) return;
  await runProgram('docker', ['rm', '--force', ...names.map((name) => `${name}_${domain}`)], { signal });
}

async function withdraw({ site, elsewhere }: Removal): Promise<void> {
  const { domain } = site;
  site.report(`Removing ${domain} from etcd, and thereby from HAProxy`);
  let reason = '';
  const isForgotten = async () => {
    try {
      elsewhere.splice(0, Infinity, ...(await forget(site)));
      return true;
    } catch (error) {
      reason = reasonOf(error);
      return false;
    }
  };
  if (await waitUntil(15, isForgotten, site)) return;
  throw new FreeholdError(
    `Cannot remove ${domain} from etcd, so its name answers 503 and not 404 yet: ${reason}. Run this again when etcd runs.`,
  );
}

/** Deletes this host's records of the domain, also those of an app that the host has no more; gives the other hosts. */
async function forget(site: SiteHere): Promise<string[]> {
  const { domain, host, signal } = site;
  const { FREEHOLD_HOST: own } = host.settings;
  const keys = await listKeys(host.settings, '/services/', signal);
  const isOwn = (key: string) => {
    const [, , app, name, where, ...more] = key.split('/');
    return app !== undefined && name === domain && where === own && more.length === 0;
  };
  for (const key of keys.filter(isOwn)) {
    const { code, stderr } = await runEtcdctl(host.settings, ['del', '--', key], signal);
    if (code !== 0) throw new FreeholdError(`etcd could not delete ${key}: ${lastLine(stderr)}`);
  }
  return otherHosts(keys, domain, own);
}

async function deleteRuntime(removal: Removal): Promise<void> {
  const { domain } = removal.site;
  await deleteEach(removal, runtimePaths(domain), true);
  for (const path of notePaths(domain)) await rm(path, { force: true });
}

async function deleteData(removal: Removal): Promise<void> {
  const { site } = removal;
  const { data, uploads, moved, settings } = await ownPaths(site.domain);
  await deleteEach(removal, data, true);
  await deleteEach(removal, [...uploads, ...moved, ...(await unfinishedPaths(site.domain)), ...settings]);
  if (settings.length > 0) await reloadUnits(site.signal);
}

async function deleteEach(
  { site, linked, mounted }: Removal,
  paths: readonly string[],
  atOnce = false,
): Promise<void> {
  const options: DeleteOptions = { signal: site.signal, atOnce };
  for (const path of paths) {
    site.report(`Deleting ${path}`);
    const { target, isMounted } = await deletePath(path, options);
    if (target !== undefined) linked.push(target);
    if (isMounted) mounted.push(path);
  }
}

/** Its backend may stay in HAProxy, empty, until the next reload: what counts is that no name leads there. */
async function leaveEdge({ site, elsewhere }: Removal): Promise<void> {
  const { domain, signal } = site;
  if (elsewhere.length > 0) {
    return site.report(
      `${domain} still runs at ${elsewhere.join(' ')}, to which this host proxies its visitors.`,
    );
  }
  const certificate = certificateOf(domain);
  await deletePath(certificate, { signal });
  let status = '';
  const isUnknown = async () => {
    status = await httpStatus({ domain, ip: '127.0.0.1', port: 80, isSecure: false });
    return status === '404';
  };
  if (await waitUntil(15, isUnknown, { signal })) return;
  site.report(describeStatus(domain, status), 'failure');
}

function describeStatus(domain: string, status: string): string {
  if (status !== '000') return `HAProxy still knows ${domain}. See journalctl -u haproxy-confd.`;
  return `HAProxy does not answer, so it is unknown whether it still knows ${domain}. See systemctl status haproxy.`;
}
