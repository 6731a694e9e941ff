// A member of the cluster whose keys this control machine has gets what this version needs of the keys, and of its role in
// etcd: a part of each deploy.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from '@freehold/core/run-main';
import { addressOf } from '../../cluster/key-files.ts';
import { admitHost, issueHost } from '../../cluster/run-keys.ts';
import { makeConnectionFolder } from '../connection-folder.ts';
import { configFolder } from '../control-machine.ts';
import { openKeys } from './key-folder.ts';
import { openServers } from './servers.ts';

/**
 * Does nothing for a host that was not issued by ~/.config/freehold/cluster, and prints only failures.
 *
 * @param server as for ssh.
 * @param host the name that the server has as a host.
 * @param report gets the reasons of failures.
 * @throws FreeholdError if its certificates, or its role, may still be those of before.
 */
export async function renewMembership(
  server: string,
  host: string,
  program: Program,
  report: (sentence: string) => void,
): Promise<void> {
  const keys = join(configFolder(program.env), 'cluster');
  const tools = openKeys(keys, program, () => undefined);
  const address = addressOf(await tools.read(), host);
  if (address === undefined) return;
  await issueHost(tools, { host: { name: host, address } });
  const folder = await makeConnectionFolder(program.env);
  const servers = openServers({ ...program, keys, folder, print: report });
  try {
    // It is a member, added by this or an earlier version; its role becomes that of this one.
    const { isMember } = await servers.look(server, address);
    if (isMember) await admitHost(tools, await servers.connect(server), host);
  } finally {
    await servers.close();
    await rm(folder, { recursive: true, force: true });
  }
}
