import { namesOf } from '@freehold/core/domain';
import { type Choice, chooseNames } from './choose-names.ts';
import type { Context } from './context.ts';
import { checkName, type Place } from './preflight.ts';
import type { SiteFacts } from './site-facts.ts';

/** The CA by which CAA records are judged: the names by which it is known there, and a directory other than the one that is set. */
interface Asked {
  readonly identities: readonly string[] | undefined;
  readonly directory?: string;
}

/** Looks whether a certificate would be issued, and for which of the names. */
export async function lookAtNames(
  context: Context,
  site: SiteFacts,
  { identities, directory = context.settings.directory }: Asked,
): Promise<Choice> {
  const { settings, account, signal, store } = context;
  const { resolvers, hostIp, httpPort } = settings;
  const issuer = { identities, accountUrl: context.host().accounts[directory] };
  const place: Place = { resolvers, hostIp, httpPort, thumbprint: account.thumbprint, issuer, signal };
  const [domain, www] = namesOf(site.domain);
  // A www. name that is a site of its own has a certificate of its own.
  const isOther = await store.isSite(www);
  const [own, ofWww] = await Promise.all([
    checkName(domain, place),
    isOther ? undefined : checkName(www, place),
  ]);
  const covered = site.certificate?.names.includes(www) ?? false;
  return chooseNames({ domain, own, www: ofWww, covered, urgent: isUrgent(site, Date.now()) });
}

/**
 * Whether a certificate for fewer names is better than to wait any longer: a sixth of the lifetime is left, or the time in
 * which the CA advises to renew is over, as it is at once after a revocation.
 */
export function isUrgent({ certificate, state }: SiteFacts, now: number): boolean {
  if (!certificate) return false;
  const { fingerprint, validity } = certificate;
  const isLate = validity.end - now < (validity.end - validity.start) / 6;
  return isLate || (state.advice?.fingerprint === fingerprint && state.advice.end <= now);
}
