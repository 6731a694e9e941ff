// What 'freehold cluster' changes, from the control machine that has the cluster's keys.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { checkPairs } from '../cluster/create.ts';
import { checkAddress, checkKeys, knownAddressOf } from '../cluster/key-files.ts';
import { createCluster, type Pair, predictCreate } from '../cluster/run-create.ts';
import { removeHost } from '../cluster/run-keys.ts';
import type { Call } from '../command.ts';
import { openKeys } from '../edge/cluster/key-folder.ts';
import { etcdOf } from '../edge/cluster/run-step.ts';
import { openServers } from '../edge/cluster/servers.ts';
import { makeConnectionFolder } from '../edge/connection-folder.ts';
import { configFolder } from '../edge/control-machine.ts';
import { ensureCommand } from '../edge/ensure-command.ts';
import { createPrinter } from '../print-steps.ts';
import { checkServer } from '../servers.ts';

function keysOf({ options, env }: Call): string {
  return typeof options.keys === 'string' ? options.keys : join(configFolder(env), 'cluster');
}

/** Makes servers one cluster, adds further ones, or renews their certificates. */
export async function makeCluster(call: Call): Promise<void> {
  const pairs = readPairs(call.args);
  const keys = keysOf(call);
  const print = createPrinter();
  const program = { argv: [], env: call.env, log: call.log, signal: call.signal };
  const isDry = call.options.dryRun === true;
  const needed = { etcdctl: 'etcd-client', openssl: 'openssl' };
  for (const [name, debian] of isDry ? [] : Object.entries(needed))
    await ensureCommand(name, debian, program);
  const folder = await makeConnectionFolder(call.env);
  const servers = openServers({ ...program, keys, folder, print, isDry });
  const tools = openKeys(keys, program, print);
  try {
    if (isDry) {
      const steps = await predictCreate(pairs, tools, servers);
      for (const step of steps) print(`Would ${step}`);
      return print('Nothing was changed.');
    }
    const names = await createCluster(pairs, tools, servers);
    print(`One cluster: ${names.join(' ')}`);
  } finally {
    await servers.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws FreeholdError `usage` */
function readPairs(words: readonly string[]): Pair[] {
  const pairs = words.map((word) => {
    const [, server, address] = /^([^=]+)=(.+)$/s.exec(word) ?? [];
    if (server === undefined || address === undefined) {
      throw new FreeholdError(
        `'${word}' is not SERVER=ADDRESS, as in h1.example.com=10.0.0.1. See 'freehold cluster create --help'.`,
        { code: 'usage' },
      );
    }
    checkServer(server);
    checkAddress(address);
    return { server, address };
  });
  checkPairs(pairs);
  return pairs;
}

/** Removes a host from the cluster. */
export async function removeFromCluster(call: Call): Promise<void> {
  const [host = ''] = call.args;
  const keys = keysOf(call);
  const print = createPrinter();
  const program = { argv: [], env: call.env, log: call.log, signal: call.signal };
  const tools = openKeys(keys, program, print);
  if (call.options.dryRun) {
    const files = await tools.read();
    checkKeys(files, keys);
    knownAddressOf(files, host);
    print(
      `Would remove ${host} from etcd's members and users, with its records and keys. Nothing was changed.`,
    );
    return;
  }
  await removeHost(tools, await etcdOf(tools, program), host);
}
