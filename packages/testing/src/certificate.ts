import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.ts';

const execute = promisify(execFile);

/** A self-signed P-256 certificate and its key, created with the openssl program, each in PEM. */
export async function makeCertificate(
  names: readonly string[],
): Promise<{ certificate: string; key: string }> {
  const folder = await temporaryFolder();
  const [keyFile, certificateFile] = [join(folder.path, 'key'), join(folder.path, 'certificate')];
  const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  try {
    await execute('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '30',
      ],
      ...['-subj', `/CN=${names[0]}`, '-addext', san, '-keyout', keyFile, '-out', certificateFile],
    ]);
    return { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') };
  } finally {
    await folder.remove();
  }
}
