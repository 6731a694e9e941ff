// Describes a certificate as a row of `cert list` and `cert check`.
import { readCertificate } from '@freehold/core/certificate';
import { type Domain, namesOf, parseDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readCertificates } from '@freehold/core/read-pem';
import * as v from 'valibot';
import type { Row } from '../command.ts';
import { factsOf } from './certificate-facts.ts';

const day = 86_400_000;

export interface Judge {
  readonly now: Date;
  /** A certificate that is valid for less than so many days is wrong, unless acme renews it. */
  readonly days: number;
}

/**
 * Whether acme made the certificate, by the text of acme.json. One that a person installed on another member of the cluster
 * is there too, and acme does not renew it.
 *
 * @param fingerprint in lower case, without colons.
 */
export function isMadeByAcme(text: string, fingerprint: string): boolean {
  const { made } = v.parse(madeCertificates, JSON.parse(text));
  return made.some((one) => one.fingerprint === fingerprint && !one.directory.startsWith('member:'));
}

/** As in packages/acme/src/state.ts. */
const madeCertificates = v.object({
  made: v.array(v.object({ fingerprint: v.string(), directory: v.string() })),
});

/**
 * What is wrong with a site's certificate, as the end of a sentence; nothing if browsers accept it. One that acme made is due
 * for renewal at two thirds of its lifetime, which may be a few days, or when the CA advises it, up to nine tenths
 * (packages/acme/src/renewal-time.ts). So it is wrong when a tenth is left. It covers www. only where that leads to this host.
 */
export function faultOf(
  text: string,
  domain: Domain,
  { now, days, isAutomatic }: Judge & { readonly isAutomatic?: boolean },
): string | undefined {
  try {
    const { validFrom, validTo, names } = readCertificate(text, domain, { at: now });
    const leftMs = validTo.getTime() - now.getTime();
    const left = Math.floor(leftMs / day);
    if (isAutomatic) {
      const isLate = leftMs < (validTo.getTime() - validFrom.getTime()) / 10;
      return isLate ? `it expires in ${left} days, and acme has not renewed it` : undefined;
    }
    if (left < days) return `it expires in ${left} days`;
    const missing = namesOf(domain).find((name) => !names.includes(name));
    return missing ? `it is not for ${missing}` : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The same for a certificate of which only the time counts, as of a member of a cluster. */
export function faultOfTime(text: string, { now, days }: Judge): string | undefined {
  const { daysLeft } = factsOf(text, now);
  const [first] = readCertificates(text);
  if (daysLeft < 0) return 'it has expired';
  if (first && first.validFromDate > now)
    return `it is not valid before ${first.validFromDate.toISOString()}`;
  return daysLeft < days ? `it expires in ${daysLeft} days` : undefined;
}

/** What a site's certificate file is: its text, or why it cannot be read. */
export interface Found {
  readonly file: string;
  readonly text: string | undefined;
  /** Another reason than that there is none. */
  readonly unreadable?: string;
  /** acme made it, and renews it. */
  readonly isAutomatic?: boolean;
}

/**
 * A row of `cert list`; nothing for a site without a certificate of its own, unless it is to get one automatically.
 * `automatic`: the sentence about that.
 */
export function listRow(
  domain: string,
  { file, text, unreadable, automatic }: Found & { readonly automatic: string | null },
  now: Date,
): Row | undefined {
  const unknown = { names: [], issuer: null, expires: null, daysLeft: null, problem: null };
  const base = { domain, file, ...unknown, automatic };
  if (text === undefined) {
    if (unreadable !== undefined) return { ...base, problem: unreadable };
    return automatic === null ? undefined : { ...base, file: null };
  }
  try {
    const { fingerprint: _fingerprint, ...facts } = factsOf(text, now);
    return { ...base, ...facts };
  } catch (error) {
    return { ...base, problem: reasonOf(error) };
  }
}

/**
 * A row of `cert check`.
 *
 * @param shown the fingerprint that visitors are shown; null if they are shown none, undefined if it is not to be compared.
 */
export function checkRow(subject: string, found: Found, judge: Judge, shown: string | null | undefined): Row {
  const { file, text, unreadable, isAutomatic = false } = found;
  const base = { name: subject, file, daysLeft: null, expires: null, problem: null, rehearsal: null };
  if (unreadable !== undefined) return { ...base, state: 'wrong', problem: unreadable };
  if (text === undefined) return { ...base, file: null, state: 'none' };
  const problem =
    faultOf(text, parseDomain(subject), { ...judge, isAutomatic }) ?? faultOfShown(text, judge, shown);
  return { ...base, ...timesOf(text, judge), state: problem ? 'wrong' : 'valid', problem: problem ?? null };
}

/** The row with what came of a rehearsal: why it failed, or nothing if it went well. */
export function withRehearsal(row: Row, fault: string | undefined): Row {
  if (fault === undefined) return { ...row, rehearsal: 'passed' };
  const problem = [row.problem, `the rehearsal of an order failed: ${fault}`].filter(Boolean).join('; ');
  return { ...row, state: 'wrong', problem, rehearsal: 'failed' };
}

/** A row for a certificate that no visitor is shown: that of a member of a cluster. */
export function memberRow(subject: string, file: string, text: string, judge: Judge): Row {
  const problem = tryFault(() => faultOfTime(text, judge));
  const base = {
    name: subject,
    file,
    daysLeft: null,
    expires: null,
    rehearsal: null,
    ...timesOf(text, judge),
  };
  return { ...base, state: problem ? 'wrong' : 'valid', problem: problem ?? null };
}

function faultOfShown(text: string, { now }: Judge, shown: string | null | undefined): string | undefined {
  if (shown === undefined || factsOf(text, now).fingerprint === shown) return undefined;
  return 'visitors get another certificate (journalctl -u haproxy-confd)';
}

function timesOf(text: string, { now }: Judge) {
  try {
    const { daysLeft, expires } = factsOf(text, now);
    return { daysLeft, expires };
  } catch {
    return {};
  }
}

function tryFault(work: () => string | undefined): string | undefined {
  try {
    return work();
  } catch (error) {
    return reasonOf(error);
  }
}
