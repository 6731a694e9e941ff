// The keys with which a cluster's members encrypt what they keep in etcd: AES-256-GCM (NIST SP 800-38D). Only members have
// them (packages/cli/src/cluster/certificate-keys.ts); etcd, its snapshots and those who only reach it do not.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FreeholdError, reasonOf } from '@freehold/core/error';

export interface Opened {
  readonly text: string;
  /** Whether it was sealed with the newest key of this host. */
  readonly current: boolean;
}

export interface Keyring {
  /** Encrypts a value with the newest key. It can be opened only as the value of the same key of etcd. */
  seal(key: string, text: string): string;
  /**
   * Decrypts the value of a key of etcd; undefined if it was sealed with a key that is older than this host's, or damaged.
   *
   * @throws OutdatedKeysError if it was sealed with a newer key than this host has.
   */
  open(key: string, value: string): Opened | undefined;
}

/** This host lacks the cluster's newest key: it was not handed over yet, or the host is not a member any more. */
export class OutdatedKeysError extends FreeholdError {
  constructor(path: string) {
    super(
      `The cluster's certificates are encrypted with a newer key than those in ${path}. Copy this host's folder of the cluster's keys to this host, and run setup.sh --cluster (docs/how-to/make-a-cluster.md).`,
    );
  }
}

interface Key {
  /** When it was made, in seconds since 1970. */
  readonly made: number;
  readonly id: string;
  readonly bytes: Buffer;
}

const [format, cipher, nonceBytes, tagBytes] = ['1', 'aes-256-gcm', 12, 16] as const;

/** Reads a file of keys: lines of the seconds since 1970 at which a key was made, and the key in hexadecimal. */
export async function readKeyring(path: string): Promise<Keyring> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new FreeholdError(
      `The key for the cluster's certificates, ${path}, cannot be read (${reasonOf(error)}). Run scripts/cluster/issue.sh for this host, then setup.sh --cluster (docs/how-to/make-a-cluster.md).`,
      { code: 'usage', cause: error },
    );
  }
  return createKeyring(text, path);
}

/** @param path where the keys are from, for messages. @throws FreeholdError `usage` if the text has another shape. */
export function createKeyring(text: string, path: string): Keyring {
  const keys = text.trim().split('\n').map(parseKey);
  const newest = keys.toSorted((one, other) => (other?.made ?? 0) - (one?.made ?? 0))[0];
  if (!newest || keys.includes(undefined)) {
    throw new FreeholdError(`${path} is not a file of keys from scripts/cluster/issue.sh.`, {
      code: 'usage',
    });
  }
  return {
    seal: (key, plain) => seal(newest, key, plain),
    open(key, value) {
      const [version, made, id, sealed] =
        /^(\d+)\.(\d+)-([0-9a-f]{8})\.([\w-]+)$/.exec(value)?.slice(1) ?? [];
      if (version !== format || sealed === undefined) return undefined;
      const own = keys.find((one) => one?.id === `${made}-${id}`);
      if (own) return open(own, key, sealed, own === newest);
      // Whatever this host's clock says: it may be behind that of the machine that made the key, and a member that took
      // the value for nothing would write over it.
      if (Number(made) > newest.made) throw new OutdatedKeysError(path);
      return undefined;
    },
  };
}

function parseKey(line: string): Key | undefined {
  const [, made = '', hex = ''] = /^(\d{1,12}) ([0-9a-f]{64})$/.exec(line.trim()) ?? [];
  if (!hex) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return { made: Number(made), id: `${made}-${id}`, bytes };
}

function seal({ bytes, id }: Key, key: string, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const encrypting = createCipheriv(cipher, bytes, nonce).setAAD(Buffer.from(key));
  const body = Buffer.concat([encrypting.update(text, 'utf8'), encrypting.final()]);
  const sealed = Buffer.concat([nonce, body, encrypting.getAuthTag()]);
  return `${format}.${id}.${sealed.toString('base64url')}`;
}

function open({ bytes }: Key, key: string, sealed: string, current: boolean): Opened | undefined {
  const all = Buffer.from(sealed, 'base64url');
  if (all.length < nonceBytes + tagBytes) return undefined;
  const decrypting = createDecipheriv(cipher, bytes, all.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decrypting.setAAD(Buffer.from(key)).setAuthTag(all.subarray(-tagBytes));
  try {
    const text = decrypting.update(all.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
    return { text: text + decrypting.final('utf8'), current };
  } catch {
    // Damaged, or put under another key.
    return undefined;
  }
}
