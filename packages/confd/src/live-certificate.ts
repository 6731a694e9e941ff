// Certificates of the running worker (HAProxy's management manual, section 9.3: `set ssl cert`, `add ssl crt-list`). It
// takes the text, which is that of the copy on disk (certificate-copies.ts).
import { mostBytes } from './command-lines.ts';
import type { CertificateChange } from './live-plan.ts';
import type { LoadedCertificates } from './loaded-certificates.ts';
import type { Ask } from './worker-connection.ts';

/** The lines of certificates, by fingerprint: none of them empty, as such a one would be the end. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** The lines of a PEM text that HAProxy takes. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

export interface CertificateContext {
  readonly crtList: string;
  readonly loaded: LoadedCertificates;
  readonly texts: Texts;
}

/** Tells the worker; false if it did not do it. */
export async function changeCertificate(
  ask: Ask,
  change: CertificateChange,
  { crtList, loaded, texts }: CertificateContext,
): Promise<boolean> {
  const lines = texts.get(change.certificate.fingerprint) ?? [];
  if (change.kind === 'replace') {
    const isDone = (await replaceCertificate(ask, loaded.nameOf(change.served), lines)) === 'replaced';
    if (isDone) loaded.replaced(change.served);
    return isDone;
  }
  const name = loaded.nameOf(change.certificate);
  if (change.kind === 'remove') {
    const [entry = '', certificate = ''] = await ask([
      `del ssl crt-list ${crtList} ${name}`,
      `del ssl cert ${name}`,
    ]);
    const isDone = /^Entry .* deleted/m.test(entry) && /^Certificate .* deleted/m.test(certificate);
    if (isDone) loaded.removed(change.certificate);
    return isDone;
  }
  await ask([`new ssl cert ${name}`]);
  if ((await replaceCertificate(ask, name, lines)) !== 'replaced') return false;
  const [added = ''] = await ask([`add ssl crt-list ${crtList}`], [`${name} ${change.names.join(' ')}`]);
  return succeeded.test(added);
}

const succeeded = /^Success!/m;

/** `refused`: the worker does not accept the text. `unable`: it cannot be told by a command. */
export type Replaced = 'replaced' | 'refused' | 'unable';

/** Has the worker take another text for a certificate that it has already. `name` is that by which the worker knows it. */
export async function replaceCertificate(
  ask: Ask,
  name: string,
  lines: readonly string[],
): Promise<Replaced> {
  if (lines.length === 0 || lines.join('\n').length > mostBytes) return 'unable';
  const [set = ''] = await ask([`set ssl cert ${name}`], lines);
  const isSet = /^Transaction (?:created|updated)/m.test(set);
  const [committed = ''] = isSet ? await ask([`commit ssl cert ${name}`]) : [];
  if (succeeded.test(committed)) return 'replaced';
  // A transaction that was begun and not committed would be in the way of all others: there is one at a time.
  await ask([`abort ssl cert ${name}`]);
  return refused.test(`${set}\n${committed}`) ? 'refused' : 'unable';
}

/** The text is no certificate with its key (src/ssl_ckch.c of HAProxy 3.0.11). */
const refused = /^(?:Can't load the payload|inconsistencies between private key and certificate)/m;
