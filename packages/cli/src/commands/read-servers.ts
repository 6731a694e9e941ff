import { FreeholdError, reasonOf } from '@freehold/core/error';
import { hostsPrefix, parseHostRecord } from '@freehold/core/host-record';
import type { Call, CommandSpec, Row } from '../command.ts';
import { readNames } from '../edge/control-machine.ts';
import { readVersionFolders } from '../edge/deploy/versions-here.ts';
import { lastLine, listEntries, runEtcdctl } from '../edge/etcd.ts';
import { readHost } from '../edge/host.ts';
import { clusterRows, parseMembers, parseStatus } from '../host/cluster.ts';
import { serverRow } from '../host/server-row.ts';
import { versionRows } from '../host/versions.ts';
import { readOnServers } from '../on-servers.ts';

/** Asks each server for its status; one that does not answer has a row that says so. */
export async function listServers(status: CommandSpec, call: Call): Promise<Row[]> {
  const { env } = call;
  const names = await readNames(env);
  const servers = call.args.length > 0 ? call.args.join(',') : 'all';
  const answers = await readOnServers(status, { ...call, args: [], options: { on: servers } });
  return answers.map((answer) => serverRow(answer, names));
}

export async function listVersions(call: Call): Promise<Row[]> {
  const { settings } = await readHost(call);
  return versionRows(await readVersionFolders(), settings.FREEHOLD_VERSION);
}

export async function readCluster(call: Call): Promise<Row[]> {
  const { settings } = await readHost(call);
  const [members, status, alive] = await Promise.all([
    runEtcdctl(settings, ['member', 'list', '--write-out=json'], call.signal),
    runEtcdctl(settings, ['endpoint', 'status', '--cluster', '--write-out=json'], call.signal),
    listEntries(settings, hostsPrefix, call.signal),
  ]);
  if (members.code !== 0) {
    throw new FreeholdError(`etcd could not list its members: ${lastLine(members.stderr)}`);
  }
  return clusterRows({
    members: parseMembers(members.stdout),
    // Exit code 1 where one does not answer: the others are in it all the same.
    status: parseStatus(status.stdout),
    alive: livingHosts(alive),
    own: settings.FREEHOLD_HOST,
  });
}

function livingHosts(entries: readonly { key: string; value: string }[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { key, value } of entries) {
    try {
      const { host, ip } = parseHostRecord(key, value);
      found.set(host, ip);
    } catch (error) {
      // An invalid entry of another host: haproxy-confd logs it.
      if (!(error instanceof FreeholdError)) throw new Error(reasonOf(error), { cause: error });
    }
  }
  return found;
}
