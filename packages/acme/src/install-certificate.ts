import { lstat, mkdir } from 'node:fs/promises';
import { readCertificate } from '@freehold/core/certificate';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import { writeAtomic } from '@freehold/core/write-atomic';
import { CaError } from './ca-error.ts';
import type { Layout } from './layout.ts';
import { claimOf, fingerprintOf, leafOf, readMade, readSite } from './site-facts.ts';
import { writeState } from './state.ts';

/** How many of acme's own certificates are remembered for a site: one that was put back by hand is still its own. */
const remembered = 5;

/** A person has taken the site's certificate over since it was ordered. */
export class ClaimedError extends FreeholdError {}

/**
 * Checks a chain that came from a CA, and puts it with its key where certificate@.path sees it. Its fingerprint is written
 * before: after a kill in between, the present certificate is still known as acme's own.
 *
 * @throws CaError if browsers would refuse it, or if it is not for this key or domain.
 * @throws ClaimedError if a person has installed one meanwhile, or wants to: that stays.
 */
export async function installCertificate(options: {
  layout: Layout;
  domain: Domain;
  chain: string;
  key: string;
  directory: string;
}): Promise<void> {
  const { layout, domain, chain, key, directory } = options;
  const text = `${chain.trim()}\n${key.trim()}\n`;
  checkCertificate(text, domain);
  await explained(`The certificate of ${domain} could not be installed`, async () => {
    const folder = layout.tls(domain);
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(folder)).isDirectory()) {
      throw new FreeholdError(`${folder} is a link and may lead anywhere: make it a folder.`);
    }
    const { made } = await readMade(layout, domain);
    const own = { fingerprint: fingerprintOf(leafOf(text)), directory };
    const others = made.filter(({ fingerprint }) => fingerprint !== own.fingerprint);
    await writeState(layout.made(domain), { made: [own, ...others].slice(0, remembered) });
    if (claimOf(await readSite(layout, domain, Date.now()))) {
      throw new ClaimedError(
        `Cannot install the new certificate of ${domain}: somebody put TLS/manual or another certificate there meanwhile, which stays.`,
      );
    }
    await writeAtomic(layout.certificate(domain), text, { mode: 0o600 });
  });
}

/** @throws CaError saying why it is not used. */
export function checkCertificate(text: string, domain: Domain): void {
  try {
    readCertificate(text, domain, { at: new Date() });
  } catch (error) {
    throw new CaError({
      what: 'Cannot use the certificate that the CA issued',
      detail: reasonOf(error),
      scope: 'site',
      cause: error,
    });
  }
}
