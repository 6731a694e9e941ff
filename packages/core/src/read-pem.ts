// The certificates and the private key in a PEM text (RFC 7468).
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { FreeholdError, reasonOf } from './error.ts';

export interface Pem {
  /** In the order of the text, each once. */
  readonly certificates: readonly X509Certificate[];
  readonly duplicates: number;
  readonly key: KeyObject;
  /** The block of the key, as it is in the text. */
  readonly keyBlock: string;
}

/** @throws FreeholdError with the reason, as the end of a sentence. */
export function readPem(text: string): Pem {
  if (text.trim() === '') throw new FreeholdError('it is empty');
  const all = readCertificates(text);
  const certificates = all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
  return { certificates, duplicates: all.length - certificates.length, ...readKey(text) };
}

/** @throws FreeholdError with the reason, as the end of a sentence, if there is none or one is damaged. */
export function readCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new FreeholdError('there is no certificate in it');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new FreeholdError(`a certificate in it is damaged (${reasonOf(error)})`, { cause: error });
  }
}

function readKey(text: string): { key: KeyObject; keyBlock: string } {
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(text)?.[0];
  if (block === undefined) throw new FreeholdError('there is no private key in it');
  if (/BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(block)) throw new FreeholdError('its key is encrypted');
  try {
    return { key: createPrivateKey(block), keyBlock: block };
  } catch (error) {
    throw new FreeholdError(`its key is damaged (${reasonOf(error)})`, { cause: error });
  }
}

export function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.raw.equals(other.raw);
}
