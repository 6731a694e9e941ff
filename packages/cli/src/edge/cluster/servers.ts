// The servers that become a cluster, by ssh.
import { randomInt } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import type { Servers } from '../../cluster/run-create.ts';
import type { PrintStep } from '../../print-steps.ts';
import { askServer, type ConnectionOptions, callServer } from '../connection.ts';
import { configFolder } from '../control-machine.ts';
import { type HeldForRun, holdForDeploy } from '../deploy/hold.ts';
import { bindName } from '../deploy/host-name.ts';
import { renewKeys, sendOwnFiles } from '../deploy/own-files.ts';
import type { ServerWork } from '../each-server.ts';
import { type Held, holdSession } from '../hold-session.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { etcdAsRoot } from './etcd-as-root.ts';

export interface Reach extends Program {
  /** The folder of the cluster's keys. */
  readonly keys: string;
  /** For sockets and copies; this user's alone. */
  readonly folder: string;
  readonly print: PrintStep;
  /** Nothing is changed, on the servers and here. */
  readonly isDry?: boolean;
}

export interface OpenServers extends Servers {
  /** Lets go of the servers, and ends the ways to etcd. */
  close(): Promise<void>;
}

/** The scripts on a server, which stay the same for control machines of other versions. */
const scripts = '/opt/freehold/scripts';

/** As a member's etcd answers, whose keys are there earlier. $1 is an address; each line that applies is printed. */
const looking = `
! ip -4 -oneline address | grep -F " inet $1/" >/dev/null || echo address
cd /etc/freehold/cluster 2>/dev/null || exit 0
! ETCDCTL_API=3 etcdctl --endpoints https://127.0.0.1:2379 --cacert ca.pem --cert cert.pem --key key.pem \
  endpoint status >/dev/null 2>&1 || echo member`;

export function openServers(reach: Reach): OpenServers {
  const { env, signal, folder, print } = reach;
  const open: Held[] = [];
  const held = new Map<string, HeldForRun>();
  const to = (server: string): ConnectionOptions => {
    const report = (line: string) => print(`${server}: ${line}`, 'failure');
    return { server, folder, env, signal, report };
  };
  return {
    nameOf: (server) => nameOf(to(server), !reach.isDry),
    async hold(server) {
      if (reach.isDry) return;
      const one = await holdForDeploy(workOf(reach, to(server)), scriptsFolder(env));
      open.push(one);
      held.set(server, one);
    },
    async look(server, address) {
      const words = ['bash', '-c', looking, 'look', address];
      const lines = (await askServer(to(server), words, 'look at its address and etcd')).split('\n');
      return { hasAddress: lines.includes('address'), isMember: lines.includes('member') };
    },
    hasRecords: (server, wasAdded) => hasRecords(to(server), wasAdded),
    async bring(server, name) {
      const one = held.get(server);
      if (!one) throw new Error(`${server} is not held.`);
      await bring(reach, { work: workOf(reach, to(server)), held: one, name });
    },
    async connect(server) {
      const { held, port } = await openTunnel(to(server));
      open.push(held);
      return etcdAsRoot({ keys: reach.keys, where: `https://127.0.0.1:${port}`, signal });
    },
    reportFailure: (sentence) => print(sentence, 'failure'),
    async close() {
      if (!signal.aborted) await Promise.all(open.splice(0).map((held) => held.release()));
    },
  };
}

async function nameOf(connection: ConnectionOptions, isNoted: boolean): Promise<string> {
  const { server, env, signal } = connection;
  const script = "sed -n 's/^FREEHOLD_HOST=//p' /etc/freehold/host.env 2>/dev/null || true";
  const name = (await askServer(connection, ['bash', '-c', script], "read the host's name")).replace(
    /\n$/,
    '',
  );
  if (name === '') {
    throw new FreeholdError(
      `${server} is not a host yet. Run scripts/deploy/deploy.sh ${server} first. Nothing was changed.`,
    );
  }
  if (isNoted) await bindName(configFolder(env), { server, name, signal });
  return name;
}

async function hasRecords(connection: ConnectionOptions, wasAdded: boolean): Promise<boolean | undefined> {
  // A server that was added may be half a member: its own etcd is the one without keys.
  const plain = ['env', 'ETCDCTL_API=3', 'etcdctl', '--endpoints', 'http://127.0.0.1:2379'];
  const etcdctl = wasAdded ? plain : [`${scripts}/cluster/etcdctl.sh`];
  try {
    const read = (prefix: string) =>
      askServer({ ...connection, ...(wasAdded ? { report: () => undefined } : {}) }, [
        ...etcdctl,
        ...['get', '--prefix', '--keys-only', prefix],
      ]);
    const found = await Promise.all(['/services/', '/mail/'].map(read));
    return found.join('').trim() !== '';
  } catch (error) {
    connection.signal.throwIfAborted();
    if (wasAdded) return undefined;
    throw new FreeholdError(`etcd of ${connection.server} does not answer. Nothing was changed.`, {
      cause: error,
    });
  }
}

/** What a deploy's steps need to know of a server. */
function workOf({ print }: Reach, connection: ConnectionOptions): ServerWork {
  const show = (line: string) => void process.stdout.write(`${visible(line.replaceAll('\t', '    '))}\n`);
  return { server: connection.server, connection, report: (sentence) => print(sentence), print: show };
}

/** Its part of the keys goes to the server, which sets itself up with it. */
async function bring(
  { keys, env }: Reach,
  { work, held, name }: { work: ServerWork; held: HeldForRun; name: string },
): Promise<void> {
  const config = configFolder(env);
  await renewKeys(keys, join(config, 'hosts', name), name);
  await sendOwnFiles(work, held, { config, name, scripts: scriptsFolder(env) });
  const words = held.guard([`${scripts}/host/join-cluster.sh`, name]);
  const { code } = await callServer(work.connection, words, work.print);
  if (code === 0) return;
  throw new FreeholdError(`${work.server}: its setup failed with exit code ${code}.`);
}

/** A port of this machine that leads to etcd of a member, for as long as this process lives. */
async function openTunnel(connection: ConnectionOptions): Promise<{ held: Held; port: number }> {
  const words = ['sh', '-c', 'echo held; exec cat >/dev/null'];
  // Not the connection that holds the server: that one was made without a forward.
  const folder = await mkdtemp(join(connection.folder, 'etcd-'));
  const tries = 5;
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(20_000, 40_000);
    const forward = `127.0.0.1:${port}:127.0.0.1:2379`;
    try {
      return {
        port,
        held: await holdSession({ ...connection, folder, forward }, words, { step: 'reach etcd' }),
      };
    } catch (error) {
      // The port may be in use.
      if (attempt < tries && !connection.signal.aborted) continue;
      throw new FreeholdError(`Cannot reach etcd on ${connection.server}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}
