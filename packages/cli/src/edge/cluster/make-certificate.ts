// CAs and certificates, P-256, created by openssl: Node reads certificates, and creates none.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { CertificateSpec } from '../../cluster/key-operations.ts';
import { runProgram } from '../run-program.ts';

export interface Made {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Openssl {
  /** The folder in which keys are made, under a temporary name: nobody else may read it. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

const caDays = 3650;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A CA that signs certificates of hosts and users alone. */
export function makeCa(name: string, options: Openssl): Promise<Made> {
  return inFolder(options, async (folder, openssl) => {
    const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
    await openssl([
      ...['req', '-x509', ...newKey, '-days', String(caDays), '-subj', `/O=freehold/CN=freehold ${name}`],
      ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', key, '-out', certificate],
    ]);
    return { key, certificate };
  });
}

/**
 * A certificate with a new key.
 *
 * @param ca files of the CA.
 * @param days for how long it is valid.
 */
export function makeCertificate(
  { subject, usage, names }: CertificateSpec,
  ca: { certificate: string; key: string },
  days: number,
  options: Openssl,
): Promise<Made> {
  return inFolder(options, async (folder, openssl) => {
    const file = (name: string) => join(folder, name);
    const [key, certificate] = [file('key'), file('certificate')];
    const lines = ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', `extendedKeyUsage=${usage}`];
    if (names !== '') lines.push(`subjectAltName=${names}`);
    await writeFile(file('extensions'), `${lines.join('\n')}\n`);
    await openssl(['req', '-new', ...newKey, '-subj', subject, '-keyout', key, '-out', file('request')]);
    await openssl([
      ...['x509', '-req', '-in', file('request'), '-CA', ca.certificate, '-CAkey', ca.key],
      ...['-set_serial', `0x${randomBytes(16).toString('hex')}`, '-days', String(days)],
      ...['-extfile', file('extensions'), '-out', certificate],
    ]);
    return { key, certificate };
  });
}

async function inFolder(
  { folder, signal }: Openssl,
  make: (
    work: string,
    openssl: (args: string[]) => Promise<void>,
  ) => Promise<{ key: string; certificate: string }>,
): Promise<Made> {
  const work = await mkdtemp(join(folder, '.new.'));
  const openssl = async (args: string[]) => {
    const { code, stderr } = await runProgram('openssl', args, { signal });
    if (code === 0) return;
    throw new FreeholdError(`openssl ${args[0]} cannot create a certificate: ${stderr.trim()}`);
  };
  try {
    const made = await make(work, openssl);
    return { key: await readFile(made.key, 'utf8'), certificate: await readFile(made.certificate, 'utf8') };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
