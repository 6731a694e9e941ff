import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Domain, parseCanonicalDomain, parseDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Call, Row } from '../command.ts';
import { eachAtOnce } from '../each-at-once.ts';
import {
  domainsWithData,
  isManual,
  readAutomatic,
  readSiteCertificate,
  shownFingerprint,
} from '../edge/certificates.ts';
import { type Host, readHost } from '../edge/host.ts';
import { readSnapshot } from '../edge/read-snapshot.ts';
import { hasStaging, isAutomaticHost, rehearse } from '../edge/rehearse.ts';
import { checkRow, type Judge, listRow, memberRow, withRehearsal } from '../host/certificate-state.ts';
import { joinSites } from '../host/sites.ts';
import { isCertificateFile } from './is-certificate-file.ts';

/** So many connections to this host's HAProxy at once. */
const atOnce = 20;

export async function listCertificates(call: Call): Promise<Row[]> {
  await readHost(call);
  const now = new Date();
  const found = await eachAtOnce(await domainsWithData(), atOnce, async (domain) => ({
    domain,
    automatic: await readAutomatic(domain),
    ...(await readSiteCertificate(domain)),
  }));
  return found.map(({ domain, ...one }) => listRow(domain, one, now)).filter((row) => row !== undefined);
}

/** Of files, of domains, or of all that this host has. */
export async function checkCertificates(call: Call): Promise<Row[]> {
  const judge = { now: new Date(), days: daysOf(call) };
  const files = call.args.filter(isCertificateFile);
  const rows = await Promise.all(files.map((file) => checkFile(file, judge, call)));
  const domains = call.args.filter((word) => !isCertificateFile(word)).map(parseCanonicalDomain);
  if (domains.length === 0 && files.length > 0) return rows;
  if (call.args.length === 0) return checkHere(call);
  const host = await readHost(call);
  const found = await checkDomains(domains, host, { judge, call });
  return [...rows, ...(await rehearseEach(domains, found, { host, call }))];
}

/** The certificates of domains, or of all that this host has, without a rehearsal of orders. */
export async function checkHere(call: Call): Promise<Row[]> {
  const judge = { now: new Date(), days: daysOf(call) };
  const domains = call.args.map(parseCanonicalDomain);
  const host = await readHost(call);
  if (domains.length > 0) return checkDomains(domains, host, { judge, call });
  const members = await checkMember(host, judge);
  return [...members, ...(await checkDomains(await domainsWithData(), host, { judge, call }))];
}

function daysOf({ options }: Call): number {
  const text = String(options.days ?? '21');
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new FreeholdError(`--days is '${text}', but a number of days is required.`, { code: 'usage' });
}

/** The file's name is that of the domain, unless --domain names another. */
async function checkFile(file: string, judge: Judge, { options }: Call): Promise<Row> {
  const name = typeof options.domain === 'string' ? options.domain : basename(file).replace(/\.pem$/, '');
  const domain = parseFileDomain(name, file);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FreeholdError(`Cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  });
  return checkRow(domain, { file, text }, judge, undefined);
}

function parseFileDomain(name: string, file: string): Domain {
  try {
    return parseDomain(name);
  } catch (error) {
    throw new FreeholdError(
      `Cannot check ${file}: its name does not contain the domain. Rename it to DOMAIN.pem, or add --domain DOMAIN.`,
      { code: 'usage', cause: error },
    );
  }
}

/** The kept certificate of a domain that is no site here (any more) is never wrong: no visitor is shown it. */
async function checkDomains(
  domains: readonly Domain[],
  host: Host,
  { judge, call }: { judge: Judge; call: Call },
): Promise<Row[]> {
  const known = await knownSites(host, call);
  return eachAtOnce(domains, atOnce, async (domain) => {
    const found = await readSiteCertificate(domain);
    if (found.text === undefined) return checkRow(domain, found, judge, undefined);
    const shown = await shownFingerprint(domain, call.signal);
    const row = checkRow(domain, found, judge, shown);
    return known && !known.has(domain) ? { ...row, state: 'kept', problem: null } : row;
  });
}

/**
 * The rows with a rehearsal of each site that acme orders for, one after the other, as there is one run of acme at a time. It
 * does not order for a removed site, nor where a person has installed the certificate.
 */
async function rehearseEach(
  domains: readonly Domain[],
  rows: readonly Row[],
  { host, call }: { host: Host; call: Call },
): Promise<Row[]> {
  if (!(await isAutomaticHost()) || !hasStaging(host.env)) return [...rows];
  const all: Row[] = [];
  for (const [index, domain] of domains.entries()) {
    const row = rows[index] as Row;
    const { text, unreadable, isAutomatic } = await readSiteCertificate(domain);
    const isForAcme = unreadable === undefined && (text === undefined || isAutomatic);
    const skip = row.state === 'kept' || !isForAcme || (await isManual(domain));
    all.push(skip ? row : withRehearsal(row, await rehearse(domain, call)));
  }
  return all;
}

/** The domains that are sites here; nothing where etcd does not answer, as a stopped site is known to it alone. */
async function knownSites(host: Host, call: Call): Promise<Set<string> | undefined> {
  const snapshot = await readSnapshot(host, call);
  return snapshot.services && new Set(joinSites(snapshot).map(({ domain }) => domain));
}

/** The certificates by which this host is a member of a cluster; none on a host that is alone. */
async function checkMember({ settings }: Host, judge: Judge): Promise<Row[]> {
  const { FREEHOLD_ETCD_CERT: client } = settings;
  if (!client) return [];
  const files = [
    ['etcd server', '/etc/freehold/etcd/server.pem'],
    ['etcd peer', '/etc/freehold/etcd/peer.pem'],
    ['client', client],
    ['hop', '/data/runtime/haproxy/hop.pem'],
  ] as const;
  return Promise.all(
    files.map(async ([what, file]) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return memberRow(`cluster ${what}`, file, text, judge);
    }),
  );
}
