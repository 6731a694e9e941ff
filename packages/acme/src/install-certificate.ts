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
import type { Issued } from './store.ts';

/** How many of acme's own certificates are remembered for a site: one that was restored manually is still its own. */
const remembered = 5;

/** A person has taken the site's certificate over since it was ordered. */
export class ClaimedError extends FreeholdError {}

/**
 * Checks a chain that came from a CA, and installs it with its key.
 *
 * @throws CaError if browsers would refuse it, or if it is not for this key or domain.
 * @throws ClaimedError if a person has installed one meanwhile, or wants to: that stays.
 */
export async function installCertificate(options: Issued & { layout: Layout }): Promise<void> {
  const { layout, domain, directory } = options;
  const text = pemOf(options);
  checkCertificate(text, domain);
  await putCertificate({ layout, domain, text, directory });
}

/** Chain and key in one text. */
export function pemOf({ chain, key }: Pick<Issued, 'chain' | 'key'>): string {
  return `${chain.trim()}\n${key.trim()}\n`;
}

/**
 * Puts a certificate with its key where certificate@.path sees it. Its fingerprint is written before: after a kill in
 * between, the present certificate is still known as acme's own.
 *
 * @param options.directory where it comes from: a CA's directory, or `member:HOST` for one that a person installed there.
 * @throws ClaimedError if a person has installed one meanwhile, or wants to: that stays.
 */
export async function putCertificate(options: {
  layout: Layout;
  domain: Domain;
  text: string;
  directory: string;
}): Promise<void> {
  const { layout, domain, text, directory } = options;
  await explained(`Cannot install the certificate of ${domain}`, async () => {
    const folder = layout.tls(domain);
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(folder)).isDirectory()) {
      throw new FreeholdError(`${folder} is a symbolic link. Replace it with a folder.`);
    }
    const { made } = await readMade(layout, domain);
    const own = { fingerprint: fingerprintOf(leafOf(text)), directory };
    const others = made.filter(({ fingerprint }) => fingerprint !== own.fingerprint);
    await writeState(layout.made(domain), { made: [own, ...others].slice(0, remembered) });
    if (claimOf(await readSite(layout, domain, Date.now()))) throw claimed(domain);
    await writeAtomic(layout.certificate(domain), text, { mode: 0o600 });
  });
}

export function claimed(domain: Domain): ClaimedError {
  return new ClaimedError(
    `Cannot install the new certificate of ${domain}: somebody has added TLS/manual or another certificate in the meantime, which stays.`,
  );
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
