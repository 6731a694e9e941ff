// What a move reads and writes in etcd.
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FreeholdError } from '@freehold/core/error';
import { formatServiceKey } from '@freehold/core/service-record';
import { announcementOf, isShared, otherHosts } from '../../move/announcement.ts';
import {
  formatWritten,
  parseRoutes,
  parseWritten,
  routesToGiveBack,
  routesToWrite,
} from '../../move/mail-routes.ts';
import { lastLine, listEntries, runEtcdctl } from '../etcd.ts';
import { ownAddress } from './answers.ts';
import { makeNotes, readWhole } from './notes.ts';
import { isMember, type SiteHere } from './site-here.ts';

async function etcdctl({ host, signal }: SiteHere, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runEtcdctl(host.settings, words, signal);
  if (code === 0) return stdout;
  throw new FreeholdError(`Cannot ${words[0]} ${words.at(-1)} in etcd: ${lastLine(stderr)}`);
}

async function entriesBelow({ host, signal }: SiteHere, prefix: string): Promise<Map<string, string>> {
  const entries = await listEntries(host.settings, prefix, signal);
  return new Map(entries.map(({ key, value }) => [key, value]));
}

const mailPrefix = (domain: string) => `/mail/${domain}/`;

/** Its mail forwards, keys and values in lines. */
export async function printMail(site: SiteHere): Promise<void> {
  const routes = await etcdctl(site, 'get', '--prefix', mailPrefix(site.domain));
  // All of it has to be on its way before this process ends.
  await new Promise((resolve) => process.stdout.write(routes, resolve));
}

/** Writes the forwards that come on standard input. Each is noted with its value before. */
export async function takeMail(site: SiteHere): Promise<void> {
  const { domain, notes } = site;
  const sent = parseRoutes(domain, await text(process.stdin));
  const here = await entriesBelow(site, mailPrefix(domain));
  await makeNotes(site);
  for (const route of routesToWrite(domain, sent, here, isMember(site))) {
    await appendFile(join(notes, 'routes'), formatWritten([route]));
    await etcdctl(site, 'put', '--', route.key, route.value);
  }
}

export async function giveBackMail(site: SiteHere): Promise<void> {
  const written = parseWritten((await readWhole(site, 'routes')) ?? '');
  if (written.length === 0) return;
  const here = await entriesBelow(site, mailPrefix(site.domain));
  for (const { key, value } of routesToGiveBack(written, here)) {
    await (value === '' ? etcdctl(site, 'del', '--', key) : etcdctl(site, 'put', '--', key, value));
  }
}

/** Hosts of the same etcd that know the domain too. */
export async function hostsElsewhere(site: SiteHere): Promise<string[]> {
  const { host, domain } = site;
  const keys: string[] = [];
  for (const app of host.apps.keys())
    keys.push(...(await entriesBelow(site, `/services/${app}/${domain}/`)).keys());
  return otherHosts(keys, domain, host.settings.FREEHOLD_HOST);
}

/** Deletes this host's records of the domain. */
export async function deleteOwnRecords(site: SiteHere): Promise<void> {
  for (const app of site.host.apps.keys()) await etcdctl(site, 'del', '--', ownKey(site, app));
}

const ownKey = ({ domain, host }: SiteHere, app: string) =>
  formatServiceKey({ app, domain, host: host.settings.FREEHOLD_HOST });

/** Whether another host's record of the site is in this host's etcd too. */
export async function sharesEtcd(site: SiteHere, app: string, host: string, boot: string): Promise<boolean> {
  const key = formatServiceKey({ app, domain: site.domain, host });
  return isShared((await entriesBelow(site, key)).get(key) ?? '', boot);
}

/** Announces the site ahead of discovery@. */
export async function putRecord(site: SiteHere, app: string): Promise<void> {
  const { domain, host } = site;
  const address = await ownAddress(site, app);
  if (!address) throw new FreeholdError(`The container ${app}_${domain} is not running.`);
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim().replaceAll('-', '');
  const { key, value } = announcementOf({ app, domain, host: host.settings.FREEHOLD_HOST, boot, address });
  await etcdctl(site, 'put', '--', key, value);
}

/** All hosts that share an etcd have the same mail forwards. */
export async function forgetMail(site: SiteHere): Promise<void> {
  const { domain } = site;
  const elsewhere = await hostsElsewhere(site);
  if (elsewhere.length > 0) {
    return site.report(
      `${domain} runs at ${elsewhere.join(' ')}. This host still proxies to it and accepts its mail.`,
    );
  }
  await rm(`/data/runtime/haproxy/approved-certs/${domain}.pem`, { force: true });
  if (isMember(site)) {
    return site.report(
      `${domain} answers 404 here now. This host accepts its mail until the operator removes its forwards (docs/how-to/run-a-cluster.md).`,
    );
  }
  await etcdctl(site, 'del', '--prefix', mailPrefix(domain));
  site.report(`${domain} answers 404 here now, and its mail is no longer accepted.`);
}
