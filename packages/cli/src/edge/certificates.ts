import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';
import type { Found } from '../host/certificate-state.ts';

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
    return { file, text: read?.text };
  } catch (error) {
    return { file, text: undefined, unreadable: reasonOf(error) };
  }
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
