import type { X509Certificate } from 'node:crypto';

/** The extension authorityKeyIdentifier (RFC 5280 section 4.2.1.1): its OID, in DER. */
const authorityKeyIdentifier = Buffer.from('0603551d23', 'hex');

/**
 * How a CA calls a certificate in its advice on renewal (RFC 9773 section 4.1): the key identifier of its issuer and its
 * serial number, in base64url. Undefined where the certificate has no such identifier.
 */
export function certificateId(certificate: X509Certificate): string | undefined {
  const { raw, serialNumber } = certificate;
  const at = raw.indexOf(authorityKeyIdentifier);
  // OCTET STRING, SEQUENCE, then [0] with the identifier; each with a length of one byte, or there is more than it in there.
  const [octets, , sequence, , tag, length = 0] = raw.subarray(at + 5, at + 11);
  if (at < 0 || octets !== 0x04 || sequence !== 0x30 || tag !== 0x80 || length > 127) return undefined;
  const key = raw.subarray(at + 11, at + 11 + length);
  const digits = serialNumber.length % 2 ? `0${serialNumber}` : serialNumber;
  // A positive INTEGER whose first bit is set has a zero before it in DER.
  const serial = Buffer.from(/^[89A-F]/i.test(digits) ? `00${digits}` : digits, 'hex');
  return `${key.toString('base64url')}.${serial.toString('base64url')}`;
}
