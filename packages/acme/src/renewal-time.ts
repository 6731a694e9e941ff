// When a certificate is renewed. Times are in milliseconds as in Date.now().
import { createHash } from 'node:crypto';

export interface Period {
  readonly start: number;
  readonly end: number;
}

/**
 * A moment in the window that the CA advises (RFC 9773 section 4.2), or, without a valid one, soon after two thirds of the
 * lifetime. The moment depends on `seed` only, such as the certificate's fingerprint: certificates are spread, and every
 * look gives the same. Never later than at nine tenths of the lifetime, whatever the CA advises.
 */
export function renewalTime(options: {
  validity: Period;
  advised?: Period | undefined;
  seed: string;
}): number {
  const { validity, advised, seed } = options;
  const lifetime = validity.end - validity.start;
  const latest = validity.start + lifetime * 0.9;
  const fraction = fractionOf(seed);
  const time =
    advised && advised.end > advised.start
      ? advised.start + fraction * (advised.end - advised.start)
      : validity.start + lifetime * (2 / 3 + fraction / 30);
  return Math.floor(Math.min(time, latest));
}

/** A number from 0 to 1 (excluded), the same for each call with the same text. */
export function fractionOf(seed: string): number {
  return createHash('sha256').update(seed).digest().readUIntBE(0, 6) / 2 ** 48;
}
