// For tests: a certificate that acme made earlier.
import { mkdir, writeFile } from 'node:fs/promises';
import { issueCertificate, ofCa } from '@freehold/testing/issue-certificate';
import type { TestHost } from './host-under-test.ts';
import { fingerprintOf, leafOf } from './site-facts.ts';

/** Makes a certificate count as one that acme had from a directory. Gives it without its key. */
export async function installMade(
  { layout }: Pick<TestHost, 'layout'>,
  domain: string,
  directory: string,
): Promise<string> {
  const issuer = await issueCertificate({
    commonName: 'ca',
    extensions: [...ofCa, 'subjectKeyIdentifier=hash'],
  });
  const { certificate, key } = await issueCertificate({
    commonName: domain,
    extensions: [`subjectAltName=DNS:${domain}`, 'authorityKeyIdentifier=keyid'],
    issuer,
  });
  await mkdir(layout.tls(domain), { recursive: true });
  await writeFile(layout.certificate(domain), certificate + key);
  const made = [{ fingerprint: fingerprintOf(leafOf(certificate + key)), directory }];
  await writeFile(layout.made(domain), JSON.stringify({ made }));
  return certificate;
}

/** Notes that the CA has advised to renew a certificate at once. */
export async function adviseNow(
  { layout }: Pick<TestHost, 'layout'>,
  domain: string,
  fingerprint: string,
): Promise<void> {
  const noted = Date.now();
  const advice = { fingerprint, start: 0, end: 1000, again: noted + 3_600_000, noted };
  await mkdir(`${layout.home}/sites`, { recursive: true });
  await writeFile(layout.siteState(domain), JSON.stringify({ seen: 1, advice }));
}
