import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.ts';

const execute = promisify(execFile);

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Request {
  readonly commonName: string;
  /** Arguments of `openssl genpkey`; P-256 unless set. */
  readonly key?: readonly string[];
  /** Arguments of `openssl x509 -req`, as in `['-sha1']`. */
  readonly signature?: readonly string[];
  /** Lines of an OpenSSL section of extensions. */
  readonly extensions?: readonly string[];
  /** Self-signed unless set. */
  readonly issuer?: Issued;
  /** Certifies this key instead of a new one. */
  readonly ownKey?: string;
}

export const p256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const ofCa = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

/** A certificate that is valid for 30 days, created with the openssl program, and its key, each in PEM. */
export async function issueCertificate(request: Request): Promise<Issued> {
  const { commonName, key = p256, signature = ['-sha256'], extensions = [], issuer, ownKey } = request;
  const folder = await temporaryFolder();
  const at = (file: string) => join(folder.path, file);
  const openssl = (...args: string[]) => execute('openssl', args);
  try {
    if (ownKey) await writeFile(at('key'), ownKey);
    else await openssl('genpkey', ...key, '-out', at('key'));
    await openssl('req', '-new', '-key', at('key'), '-subj', `/CN=${commonName}`, '-out', at('request'));
    await writeFile(at('extensions'), extensions.join('\n'));
    await writeFile(at('issuer'), issuer ? issuer.certificate + issuer.key : '');
    const signer = issuer ? ['-CA', at('issuer'), '-CAkey', at('issuer')] : ['-signkey', at('key')];
    await openssl(
      ...['x509', '-req', '-in', at('request'), '-days', '30', '-extfile', at('extensions')],
      ...['-set_serial', String(Math.ceil(Math.random() * 1e12)), ...signer, ...signature],
      ...['-out', at('certificate')],
    );
    return { certificate: await readFile(at('certificate'), 'utf8'), key: await readFile(at('key'), 'utf8') };
  } finally {
    await folder.remove();
  }
}
