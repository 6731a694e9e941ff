// The key of an account with CAs. Anyone who has it can revoke the certificates, and answer for the names.
import { createHash, createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';

export interface AccountKey {
  readonly pem: string;
  /** RFC 7638, as in the answer to http-01. */
  readonly thumbprint: string;
}

/**
 * Reads the key, or makes it where there is none: once, mode 0600, and by a link, so that no run replaces another's.
 *
 * @throws FreeholdError if the file is damaged: a new key would lose the account, so that is for a person to decide.
 */
export async function ensureAccountKey(path: string): Promise<AccountKey> {
  return explained(`Cannot create the account key ${path}`, async () => {
    const found = await readAccountKey(path);
    if (found) return found;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const fresh = `${path}.${randomUUID()}`;
    try {
      await writeAtomic(fresh, makeAccountKey().pem, { mode: 0o600 });
      await link(fresh, path);
      await syncFolder(dirname(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(fresh, { force: true });
    }
    return (await readAccountKey(path)) as AccountKey;
  });
}

export function makeAccountKey(): AccountKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return accountKeyOf(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** Undefined where there is none. @throws FreeholdError if it is damaged. */
export async function readAccountKey(path: string): Promise<AccountKey | undefined> {
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (pem === undefined) return undefined;
  try {
    return accountKeyOf(pem);
  } catch (error) {
    throw new FreeholdError(
      `The account key ${path} is damaged (${reasonOf(error)}): restore it from a backup, or remove it so that acme creates a new account.`,
      { cause: error },
    );
  }
}

/** @throws Error if the text is no key of an elliptic curve in PEM. */
export function accountKeyOf(pem: string): AccountKey {
  return { pem, thumbprint: thumbprintOf(pem) };
}

function thumbprintOf(pem: string): string {
  const { crv, kty, x, y } = createPrivateKey(pem).export({ format: 'jwk' });
  if (kty !== 'EC') throw new Error(`it is of type ${kty} and not EC`);
  // RFC 7638 section 3: these members, in this order.
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
