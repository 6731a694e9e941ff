import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Domain, namesOf } from './domain.ts';
import { FreeholdError, reasonOf } from './error.ts';

/** What is worth knowing of a certificate that is good for its domain. */
export interface SiteCertificate {
  readonly validFrom: Date;
  readonly validTo: Date;
  /** The domain's names (with and without `www.`) that it is for. */
  readonly names: readonly Domain[];
}

/**
 * Reads a PEM text that holds a certificate chain, leaf first, and its unencrypted key, as HAProxy's
 * `crt` does. Whether it has expired is not judged.
 *
 * @throws FreeholdError saying what is wrong, as the end of a sentence.
 */
export function readCertificate(pem: string, domain: Domain): SiteCertificate {
  if (pem.trim() === '') throw new FreeholdError('it is empty');
  const leaf = readLeaf(pem);
  if (!leaf.checkPrivateKey(readKey(pem))) throw new FreeholdError('its key is not that of its certificate');
  load(pem);
  const names = namesOf(domain).filter((name) => leaf.checkHost(name, { partialWildcards: false }));
  if (!names.includes(domain)) {
    const others = (leaf.subjectAltName ?? leaf.subject).slice(0, 200);
    throw new FreeholdError(`it is not for ${domain} but for ${others}`);
  }
  return { validFrom: new Date(leaf.validFrom), validTo: new Date(leaf.validTo), names };
}

function readLeaf(pem: string): X509Certificate {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new FreeholdError('there is no certificate in it');
  try {
    return blocks.map((block) => new X509Certificate(block))[0] as X509Certificate;
  } catch (error) {
    throw new FreeholdError(`a certificate in it is damaged (${reasonOf(error)})`, { cause: error });
  }
}

function readKey(pem: string): KeyObject {
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(pem)?.[0];
  if (block === undefined) throw new FreeholdError('there is no private key in it');
  if (/BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(block)) throw new FreeholdError('its key is encrypted');
  try {
    return createPrivateKey(block);
  } catch (error) {
    throw new FreeholdError(`its key is damaged (${reasonOf(error)})`, { cause: error });
  }
}

/** OpenSSL's own judgement, as HAProxy will ask for it: it also refuses what is too weak. */
function load(pem: string): void {
  try {
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    throw new FreeholdError(`it cannot be loaded (${reasonOf(error)})`, { cause: error });
  }
}
