// For tests: an order that a site has begun at a CA of a test, which has issued a certificate for it.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { type FakeCa, json } from './fake-ca.ts';
import type { TestHost } from './host-under-test.ts';

/** @param options.made when it was made, in milliseconds as in Date.now(). @param options.name what the certificate is for. */
export async function beginFakeOrder(
  host: TestHost,
  ca: FakeCa,
  { domain, name = domain, made = Date.now() }: { domain: string; name?: string; made?: number },
): Promise<void> {
  const { certificate, key } = await issueCertificate({
    commonName: name,
    extensions: [`subjectAltName=DNS:${name}`],
  });
  const [url, address] = [`/order/${domain}`, ca.url(`/certificate/${domain}`)];
  ca.answers.set(
    url,
    json(200, { status: 'valid', authorizations: [], finalize: ca.url('/none'), certificate: address }),
  );
  ca.answers.set(`/certificate/${domain}`, (response) =>
    response.writeHead(200, { 'replay-nonce': 'x' }).end(certificate),
  );
  const directory = ca.env.FREEHOLD_ACME_DIRECTORY;
  const order = {
    directory,
    url: ca.url(url),
    names: [domain],
    key,
    renewal: false,
    made,
    again: 0,
    noted: 0,
  };
  const path = host.layout.siteState(domain);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ seen: made, order }));
}
