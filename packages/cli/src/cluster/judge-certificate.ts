// Whether a certificate of a cluster can stay in use.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyFiles } from './key-files.ts';
import type { CertificateSpec } from './key-operations.ts';

const day = 86_400_000;

/** A certificate is renewed by the first run within so many days before it expires. */
const renewDays = 180;

/** Whether certificate, key and CA match, for the host's address, and the certificate does not expire soon. */
export function isValid(files: KeyFiles, spec: CertificateSpec, now: Date): boolean {
  const [own, key, root] = [spec.certificate, spec.key, `${spec.ca}/ca.pem`].map((path) => files.get(path));
  if (!own || !key || !root) return false;
  try {
    const [certificate, ca] = [new X509Certificate(own), new X509Certificate(root)];
    if (certificate.validToDate.getTime() - now.getTime() < renewDays * day) return false;
    if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) return false;
    if (spec.address !== undefined && certificate.checkIP(spec.address) === undefined) return false;
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // What is no certificate, or no key, is made again.
    return false;
  }
}
