// Rules by which current browsers (Chrome, Firefox, Safari) refuse a public site's certificate, beyond its
// names and trust in its root: CA/Browser Forum Baseline Requirements 7.1.3, Chromium's
// pki/simple_path_builder_delegate.cc, Mozilla's mozpkix. Each rule returns the reason for a refusal as the
// end of a sentence, or undefined.
import type { X509Certificate } from 'node:crypto';

/** OIDs of RFC 4055 and RFC 5758. RSASSA-PSS is checked by its parameters. */
const soundSignatures = new Set([
  '1.2.840.113549.1.1.11', // sha256WithRSAEncryption
  '1.2.840.113549.1.1.12', // sha384WithRSAEncryption
  '1.2.840.113549.1.1.13', // sha512WithRSAEncryption
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256
  '1.2.840.10045.4.3.3', // ecdsa-with-SHA384
  '1.2.840.10045.4.3.4', // ecdsa-with-SHA512
]);

/**
 * RSASSA-PSS with SHA-256, SHA-384 and SHA-512, MGF1 with the same hash and a salt of its length: the only
 * three in use.
 */
const pssParameters = [
  '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
  '304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130',
  '304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140',
].map((hex) => Buffer.from(hex, 'hex'));
const pss = '1.2.840.113549.1.1.10';

const serverAuth = '1.3.6.1.5.5.7.3.1';
const leastRsaBits = 2048;

/** The extension keyUsage (RFC 5280 section 4.2.1.3), which Node does not read, and a bit of its first byte. */
const keyUsageOid = Buffer.from('0603551d0f', 'hex');
const digitalSignature = 0x80;

/** Why browsers refuse it as a site's own certificate, apart from its names and dates. */
export function faultOfLeaf(leaf: X509Certificate): string | undefined {
  return (
    faultOfSignature(leaf) ??
    // Chrome does not offer P-521 signatures in its handshake.
    faultOfKey(leaf, ['prime256v1', 'secp384r1']) ??
    faultOfPurpose(leaf) ??
    (isDnsName(leaf)
      ? undefined
      : 'it has no DNS name in its subjectAltName, and browsers ignore the common name') ??
    // A self-signed certificate is its own root, and `openssl req -x509` marks it as a CA certificate.
    (leaf.ca && leaf.subject !== leaf.issuer
      ? 'it is a CA certificate, not a site certificate, and browsers refuse it'
      : undefined) ??
    (maySign(leaf) ? undefined : 'its key usage excludes digitalSignature, which browsers require')
  );
}

/** Why browsers refuse it as an intermediate certificate, apart from its dates. */
export function faultOfIntermediate(one: X509Certificate): string | undefined {
  return (
    (one.ca ? undefined : 'it is not a CA certificate, so it cannot have issued another one') ??
    faultOfSignature(one) ??
    faultOfKey(one, ['prime256v1', 'secp384r1', 'secp521r1']) ??
    faultOfPurpose(one)
  );
}

/**
 * A certificate may begin so much later, in milliseconds: this host's clock may be behind that of a CA which dates its
 * certificates to the second (public ones date them an hour back).
 */
const toleratedMs = 300_000;

/** Why the certificate is refused at a given time. */
export function faultOfDates(one: X509Certificate, at: Date): string | undefined {
  const [from, to] = [one.validFromDate, one.validToDate];
  if (to < at) return `it expired on ${to.toISOString()}`;
  if (from.getTime() > at.getTime() + toleratedMs) return `it is not valid before ${from.toISOString()}`;
  return undefined;
}

function faultOfSignature(one: X509Certificate): string | undefined {
  const { signatureAlgorithm: name, signatureAlgorithmOid: oid } = one;
  if (oid && soundSignatures.has(oid)) return undefined;
  if (oid === pss && pssParameters.some((parameters) => one.raw.includes(parameters))) return undefined;
  return `it is signed with ${name ?? oid}, which browsers refuse: SHA-256, SHA-384 or SHA-512 with RSA or ECDSA is required`;
}

function faultOfKey({ publicKey }: X509Certificate, curves: readonly string[]): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = publicKey;
  if (type === 'rsa') {
    const { modulusLength = 0 } = details;
    if (modulusLength >= leastRsaBits) return undefined;
    return `its RSA key has ${modulusLength} bits, and browsers refuse fewer than ${leastRsaBits}`;
  }
  const kind = type === 'ec' ? `on the curve ${details.namedCurve ?? 'without a name'}` : `of type ${type}`;
  if (type === 'ec' && curves.includes(details.namedCurve ?? '')) return undefined;
  return `its key is ${kind}, which browsers do not support: RSA, P-256 or P-384 is required`;
}

/** Node calls the extended key usage `keyUsage`. */
function faultOfPurpose({ keyUsage }: X509Certificate): string | undefined {
  if (!keyUsage || keyUsage.includes(serverAuth)) return undefined;
  return 'its extended key usage excludes TLS servers (serverAuth)';
}

/** A server signs in every handshake of TLS 1.3, and in those of TLS 1.2 that browsers offer first. */
function maySign({ raw }: X509Certificate): boolean {
  const at = raw.indexOf(keyUsageOid);
  if (at === -1) return true;
  // BOOLEAN TRUE if it is critical; then OCTET STRING, length, BIT STRING, length, number of unused bits.
  const isCritical = raw[at + keyUsageOid.length] === 0x01;
  const first = at + keyUsageOid.length + (isCritical ? 3 : 0) + 5;
  return ((raw[first] ?? 0) & digitalSignature) !== 0;
}

function isDnsName({ subjectAltName }: X509Certificate): boolean {
  return /(?:^|, )DNS:/.test(subjectAltName ?? '');
}
