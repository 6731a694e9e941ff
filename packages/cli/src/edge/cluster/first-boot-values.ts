// The values that make a new machine a member at its first boot (cloud-config).
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzipSync } from 'node:zlib';
import { FreeholdError } from '@freehold/core/error';
import { checkKeys, issuedAddressOf, type KeyFiles } from '../../cluster/key-files.ts';

const contents = ['settings', 'certificate-keys', 'etcd', 'client', 'hop'];

/**
 * Three lines, with the indentation of cloud-config.
 *
 * @throws FreeholdError `usage` for a host that was not issued or not added.
 */
export async function firstBootValues(files: KeyFiles, folder: string, host: string): Promise<string> {
  checkKeys(files, folder);
  const address = issuedAddressOf(files, host, folder);
  const members = files.get(`hosts/${host}/initial-cluster`);
  if (!members) {
    throw new FreeholdError(
      `'${host}' is not a member yet. Run: scripts/cluster/admit.sh ${folder} ${host}`,
      {
        code: 'usage',
      },
    );
  }
  const values = {
    CLUSTER_ADDRESS: address,
    CLUSTER_MEMBERS: members.trim(),
    CLUSTER_KEYS: await packKeys(join(folder, 'hosts', host)),
  };
  return Object.entries(values)
    .map(([name, value]) => `      ${name}='${value}'\n`)
    .join('');
}

/** In Base64. */
async function packKeys(own: string): Promise<string> {
  const args = ['--create', '--owner=0', '--group=0', '--directory', own, ...contents];
  try {
    const { stdout } = await promisify(execFile)('tar', args, { encoding: 'buffer' });
    return gzipSync(stdout, { level: constants.Z_BEST_COMPRESSION }).toString('base64');
  } catch (error) {
    throw new FreeholdError(`${own} is not a folder from scripts/cluster/issue.sh. Run that again.`, {
      cause: error,
    });
  }
}
