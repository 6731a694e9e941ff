// What HAProxy is to serve of each site: what is desired, less what it refused and certificates that it could not read.
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { createFaultReporter } from '@freehold/core/report-faults';
import type { CertificateCopies } from './certificate-copies.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { type Site, type Sites, sameSite } from './site.ts';

export interface Targets {
  /** What is to be served. */
  readonly sites: Sites;
  /** Those that may not be served as they are to be. */
  readonly pending: ReadonlySet<Domain>;
  readonly refusals: Refusals;
  /** Takes a new desired state, and copies the certificates that are new in it. `changed`: domains that may be different; unset: all. */
  take(desired: Sites, changed: Iterable<Domain> | undefined): Promise<void>;
  /** Looks again at these domains, or at all that are pending: something was refused of them, or they are served now. */
  lookAgain(domains?: Iterable<Domain>): void;
  /** Whether the file of some certificate is not what was found valid: it is looked at again by the next `take`. */
  isUnsettled(): boolean;
}

/** `served`: what is served now. */
export function createTargets(options: {
  log: Log;
  copies: CertificateCopies;
  served: () => Sites | undefined;
}): Targets {
  const { log, copies, served } = options;
  const target = new Map<Domain, Site>();
  const pending = new Set<Domain>();
  const unsettled = new Set<Domain>();
  const reportFaults = createFaultReporter(log);
  let desired: Sites = new Map();
  const refusals = createRefusals({
    log,
    desired: (domain) => desired.get(domain),
    served: (domain) => served()?.get(domain),
  });

  function aim(domain: Domain): void {
    const site = desired.get(domain);
    if (!site) {
      target.delete(domain);
      refusals.forget(domain);
    } else if (unsettled.has(domain)) {
      target.set(domain, { ...site, certificate: served()?.get(domain)?.certificate });
    } else target.set(domain, refusals.withhold(site));
    if (isServed(domain)) pending.delete(domain);
    else pending.add(domain);
  }

  function isServed(domain: Domain): boolean {
    const [one, other] = [served()?.get(domain), target.get(domain)];
    return one === other || (one !== undefined && other !== undefined && sameSite(one, other));
  }

  /** Each certificate is where HAProxy reads it before HAProxy is told; until then the site keeps the one that it has. */
  async function storeCertificates(taken: Iterable<Domain>): Promise<void> {
    const domains = new Map<NonNullable<Site['certificate']>, Domain>();
    for (const domain of taken) {
      const certificate = target.get(domain)?.certificate;
      if (certificate && !copies.holds(certificate)) domains.set(certificate, domain);
    }
    const missing = await copies.store(domains.keys());
    for (const certificate of missing.keys()) {
      const domain = domains.get(certificate);
      if (domain === undefined) continue;
      unsettled.add(domain);
      aim(domain);
    }
    const failed = [...missing].filter(([, error]) => error !== undefined);
    reportFaults(failed.map(([{ path }, error]) => ({ subject: path, reason: reasonOf(error) })));
  }

  return {
    sites: target,
    pending,
    refusals,
    async take(next, changed) {
      const domains = changed ? [...changed, ...unsettled] : new Set([...next.keys(), ...target.keys()]);
      desired = next;
      unsettled.clear();
      for (const domain of domains) aim(domain);
      await storeCertificates(domains);
    },
    lookAgain: (domains = [...pending]) => {
      for (const domain of domains) aim(domain);
    },
    isUnsettled: () => unsettled.size > 0,
  };
}
