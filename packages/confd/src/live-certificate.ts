// Certificates of the running worker (HAProxy's management manual, section 9.3: `set ssl cert`, `add ssl crt-list`). It
// takes the text, which is that of the file that it reads when it starts.
import { readFile } from 'node:fs/promises';
import { type Certificate, fingerprintOf } from '@freehold/core/certificate-folder';
import { mostBytes } from './haproxy-socket.ts';
import type { CertificateChange } from './live-plan.ts';
import type { WorkerSocket } from './worker-mark.ts';

/** The lines of certificates, by path: none of them empty, as HAProxy takes such a one for the end. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** The lines of a certificate's file; undefined if the file is another one by now, which an event will report. */
export async function readLines({ path, fingerprint }: Certificate): Promise<string[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (fingerprintOf(text) !== fingerprint) return undefined;
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Tells the worker; false if it did not do it. */
export async function changeCertificate(
  haproxy: WorkerSocket,
  { change, crtList, texts }: { change: CertificateChange; crtList: string; texts: Texts },
): Promise<boolean> {
  const { kind, certificate } = change;
  const { path } = certificate;
  if (kind === 'replace') return replaceCertificate(haproxy, certificate, texts);
  if (kind === 'remove') {
    const removed = await haproxy.command([`del ssl crt-list ${crtList} ${path}`, `del ssl cert ${path}`]);
    return /^Entry .* deleted/m.test(removed) && /^Certificate .* deleted/m.test(removed);
  }
  const entry = `${path} ${change.names.join(' ')}`;
  const commands = [`commit ssl cert ${path}`, `add ssl crt-list ${crtList}`];
  return transact(haproxy, path, async () => {
    const before = [`new ssl cert ${path}`];
    if (!(await setText(haproxy, { path, texts, before }))) return false;
    const added = await haproxy.commandWith(commands, [entry]);
    return added.match(/^Success!/gm)?.length === 2;
  });
}

/** Has the worker load a certificate that it has already anew; false if it did not do it. */
export async function replaceCertificate(
  haproxy: WorkerSocket,
  { path }: Certificate,
  texts: Texts,
): Promise<boolean> {
  return transact(haproxy, path, async () => {
    if (!(await setText(haproxy, { path, texts, before: [] }))) return false;
    return /^Success!/m.test(await haproxy.command([`commit ssl cert ${path}`]));
  });
}

/** A transaction that was begun and not committed would be in the way of all others: there is one at a time. */
async function transact(haproxy: WorkerSocket, path: string, work: () => Promise<boolean>): Promise<boolean> {
  const done = await work();
  if (!done) await haproxy.command([`abort ssl cert ${path}`]);
  return done;
}

async function setText(
  haproxy: WorkerSocket,
  { path, texts, before }: { path: string; texts: Texts; before: readonly string[] },
): Promise<boolean> {
  const lines = texts.get(path) ?? [];
  if (lines.length === 0 || lines.join('\n').length > mostBytes) return false;
  const set = await haproxy.commandWith([...before, `set ssl cert ${path}`], lines);
  return /^Transaction (?:created|updated)/m.test(set);
}
