import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.ts';

const execute = promisify(execFile);
const scripts = join(import.meta.dirname, '../../../scripts/cluster');

/**
 * The certificates with which the HAProxys of a cluster authenticate to one another, created by
 * scripts/cluster as an operator does it.
 */
export interface HopKeys extends AsyncDisposable {
  /** Writes hop.pem and hop-ca.pem of a host to a folder, as setup.sh does. */
  install(host: string, folder: string): Promise<void>;
  /** A host's certificate, key and CA, in PEM. */
  read(host: string): Promise<{ cert: string; key: string; ca: string }>;
}

/** `hosts`: addresses by name. */
export async function makeHopKeys(hosts: Readonly<Record<string, string>>): Promise<HopKeys> {
  const root = await temporaryFolder();
  const keys = join(root.path, 'keys');
  await execute(join(scripts, 'make-authority.sh'), [keys]);
  for (const [host, address] of Object.entries(hosts)) {
    await execute(join(scripts, 'issue.sh'), [keys, host, address]);
  }
  const read = async (host: string) => {
    const file = (name: string) => readFile(join(keys, 'hosts', host, 'hop', name), 'utf8');
    return { cert: await file('cert.pem'), key: await file('key.pem'), ca: await file('ca.pem') };
  };
  return {
    read,
    async install(host, folder) {
      const { cert, key, ca } = await read(host);
      await writeFile(join(folder, 'hop.pem'), cert + key);
      await writeFile(join(folder, 'hop-ca.pem'), ca);
    },
    [Symbol.asyncDispose]: () => root.remove(),
  };
}
