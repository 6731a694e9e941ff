import { lstat, readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';
import { factsOf } from '../host/certificate-facts.ts';
import { type Found, isMadeByAcme } from '../host/certificate-state.ts';
import { isAutomaticHost } from './rehearse.ts';

const root = '/data/domains';
/** A chain with its key has some 10 KB. */
const maxBytes = 1_000_000;

/** The domains that have data on this host, whether they are sites or not. */
export async function domainsWithData(): Promise<Domain[]> {
  const names = await readdir(root).catch(() => []);
  return names.sort().flatMap((name) => {
    try {
      return [parseDomain(name)];
    } catch {
      return [];
    }
  });
}

/** The certificate file of a site. Its folder is its owner's, so no link in it is followed. */
export async function readSiteCertificate(domain: Domain): Promise<Found> {
  const file = `${root}/${domain}/TLS/${domain}.pem`;
  try {
    // A site's folder itself may be a link to a volume.
    const read = await readInside(`${root}/${domain}/.`, ['TLS', `${domain}.pem`], { maxBytes });
    return { file, text: read?.text, isAutomatic: read !== undefined && (await isByAcme(domain, read.text)) };
  } catch (error) {
    return { file, text: undefined, unreadable: reasonOf(error) };
  }
}

/** Whether acme made a certificate and renews it: it is in acme.json, and there is no TLS/manual. */
async function isByAcme(domain: Domain, text: string): Promise<boolean> {
  if (!(await isAutomaticHost()) || (await isManual(domain))) return false;
  try {
    const made = await readInside(`${root}/${domain}/.`, ['TLS', 'acme.json'], { maxBytes });
    const fingerprint = factsOf(text, new Date()).fingerprint.replaceAll(':', '').toLowerCase();
    return made !== undefined && isMadeByAcme(made.text, fingerprint);
  } catch {
    // Neither a certificate nor a list that can be read: it is the owner's.
    return false;
  }
}

/** Whether the site's owner has excluded it from automatic certificates. */
export function isManual(domain: Domain): Promise<boolean> {
  return lstat(`${root}/${domain}/TLS/manual`).then(
    () => true,
    () => false,
  );
}

/** What the program of automatic certificates wrote about a site, one sentence; null where it has written none. */
export async function readAutomatic(domain: Domain): Promise<string | null> {
  const text = await readFile(`/data/acme/status/${domain}`, 'utf8').catch(() => '');
  return text.trim() || null;
}

/** The fingerprint of the certificate that this host's HAProxy shows to a visitor of the name; null if it shows none. */
export async function shownFingerprint(name: string, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  // It is compared, not trusted.
  const socket = connect({ host: '127.0.0.1', port: 443, servername: name, rejectUnauthorized: false });
  const end = (value: string | null) => {
    socket.destroy();
    resolve(value);
  };
  socket.setTimeout(10_000, () => end(null));
  socket.on('error', () => end(null));
  socket.on('secureConnect', () => end(socket.getPeerCertificate().fingerprint256 ?? null));
  signal.addEventListener('abort', () => end(null), { once: true });
  return promise;
}
