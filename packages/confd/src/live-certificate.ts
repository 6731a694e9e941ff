// Certificates of the running worker (HAProxy's management manual, section 9.3: `set ssl cert`, `add ssl crt-list`). It
// takes the text, which is that of the file that it reads when it starts.
import { mostBytes } from './command-lines.ts';
import type { CertificateChange } from './live-plan.ts';
import type { Ask } from './worker-connection.ts';

/** The lines of certificates, by the path at which HAProxy reads them: none of them empty, as such a one would be the end. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** The lines of a PEM text that HAProxy takes. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Tells the worker; false if it did not do it. `path`: where HAProxy reads the certificate. */
export async function changeCertificate(
  ask: Ask,
  {
    change,
    path,
    crtList,
    texts,
  }: { change: CertificateChange; path: string; crtList: string; texts: Texts },
): Promise<boolean> {
  const lines = texts.get(path) ?? [];
  if (change.kind === 'replace') return replaceCertificate(ask, path, lines);
  if (change.kind === 'remove') {
    const [entry = '', certificate = ''] = await ask([
      `del ssl crt-list ${crtList} ${path}`,
      `del ssl cert ${path}`,
    ]);
    return /^Entry .* deleted/m.test(entry) && /^Certificate .* deleted/m.test(certificate);
  }
  await ask([`new ssl cert ${path}`]);
  if (!(await replaceCertificate(ask, path, lines))) return false;
  const [added = ''] = await ask([`add ssl crt-list ${crtList}`], [`${path} ${change.names.join(' ')}`]);
  return succeeded.test(added);
}

const succeeded = /^Success!/m;

/** Has the worker take another text for a certificate that it has already; false if it did not do it. */
export async function replaceCertificate(ask: Ask, path: string, lines: readonly string[]): Promise<boolean> {
  if (lines.length === 0 || lines.join('\n').length > mostBytes) return false;
  const [set = ''] = await ask([`set ssl cert ${path}`], lines);
  if (/^Transaction (?:created|updated)/m.test(set)) {
    const [committed = ''] = await ask([`commit ssl cert ${path}`]);
    if (succeeded.test(committed)) return true;
  }
  // A transaction that was begun and not committed would be in the way of all others: there is one at a time.
  await ask([`abort ssl cert ${path}`]);
  return false;
}
