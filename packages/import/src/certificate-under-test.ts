// For tests: certificates created by openssl.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificate as makePair } from '@freehold/testing/certificate';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { execute } from './site-under-test.ts';

async function openssl(...args: string[]): Promise<void> {
  const { code, output } = await execute('openssl', args);
  if (code !== 0) throw new Error(output);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const forNames = (names: readonly string[]) => [
  ...['-subj', `/CN=${names[0]}`],
  ...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
];

/** A certificate and its key for some names, in one text. */
export async function makeCertificate(...names: readonly string[]): Promise<string> {
  const { certificate, key } = await makePair(names);
  return certificate + key;
}

/** A certificate that expired on 1 February 2020: only `openssl ca` accepts dates in all versions. */
export async function makeEndedCertificate(name: string): Promise<string> {
  const folder = await temporaryFolder();
  const at = (file: string) => join(folder.path, file);
  await writeFile(at('index'), '');
  const section = `database=${at('index')}\nnew_certs_dir=${folder.path}\nrand_serial=yes\ndefault_md=sha256\npolicy=p`;
  await writeFile(
    at('conf'),
    `[ca]\ndefault_ca=d\n[d]\n${section}\ncopy_extensions=copy\n[p]\ncommonName=supplied\n`,
  );
  await openssl('req', '-new', ...newKey, ...forNames([name]), '-keyout', at('key'), '-out', at('request'));
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
  const files = ['-in', at('request'), '-keyfile', at('key'), '-out', at('certificate')];
  await openssl('ca', '-batch', '-notext', '-selfsign', '-config', at('conf'), ...dates, ...files);
  const pem = (await readFile(at('certificate'), 'utf8')) + (await readFile(at('key'), 'utf8'));
  await folder.remove();
  return pem;
}
