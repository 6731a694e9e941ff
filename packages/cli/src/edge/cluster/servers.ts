// The servers that become a cluster, by ssh.
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import type { Servers } from '../../cluster/run-create.ts';
import type { PrintStep } from '../../print-steps.ts';
import { askServer, type ConnectionOptions, type Held, holdSession } from '../connection.ts';
import { scriptsFolder } from '../scripts.ts';
import { runOnServer } from '../ssh.ts';
import { etcdAsRoot } from './etcd-as-root.ts';
import { hostFolder, renewHostKeys } from './hand-over.ts';
import { bindName } from './names.ts';
import { sendFolder } from './send-folder.ts';

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
  const to = (server: string): ConnectionOptions => {
    const report = (line: string) => print(`${server}: ${line}`, 'failure');
    return { server, folder, env, signal, report };
  };
  return {
    nameOf: (server) => nameOf(to(server), !reach.isDry),
    async hold(server) {
      if (!reach.isDry) open.push(await holdServer(to(server)));
    },
    async look(server, address) {
      const words = ['bash', '-c', looking, 'look', address];
      const lines = (await askServer(to(server), words, 'look at its address and etcd')).split('\n');
      return { hasAddress: lines.includes('address'), isMember: lines.includes('member') };
    },
    hasRecords: (server, wasAdded) => hasRecords(to(server), wasAdded),
    bring: (server, name) => bring(reach, to(server), name),
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
  const { server, env } = connection;
  const script = "sed -n 's/^FREEHOLD_HOST=//p' /etc/freehold/host.env 2>/dev/null || true";
  const name = (await askServer(connection, ['bash', '-c', script], "read the host's name")).replace(
    /\n$/,
    '',
  );
  if (name === '') {
    throw new FreeholdError(
      `${server} is no host yet. Run scripts/deploy/deploy.sh ${server} first. Nothing was changed.`,
    );
  }
  await bindName(server, name, { env, isNoted });
  return name;
}

/** As a deploy does. The script is brought along: a server of an older version may lack it. */
async function holdServer(connection: ConnectionOptions): Promise<Held> {
  const { server, env } = connection;
  const script = await readFile(join(scriptsFolder(env), 'host/hold-for-deploy.sh'), 'utf8');
  const who = `${userInfo().username}@${hostname()}, since ${new Date().toISOString()}`;
  try {
    return await holdSession(connection, ['bash', '-c', script, 'hold-for-deploy', who], 'hold');
  } catch (error) {
    connection.signal.throwIfAborted();
    throw new FreeholdError(`Nothing was changed on ${server}; the reason is above.`, { cause: error });
  }
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

/** Its part of the keys goes to the server, which sets itself up with it. */
async function bring(
  { keys, env, signal, print }: Reach,
  connection: ConnectionOptions,
  name: string,
): Promise<void> {
  const { server } = connection;
  await renewHostKeys(keys, name, env);
  const own = hostFolder(env, name);
  const target = '/etc/freehold/deployed';
  print(`Sending what ${own} has to ${target}`);
  await sendFolder(own, target, connection);
  const show = (stream: NodeJS.WriteStream) => (line: string) =>
    void stream.write(`${visible(line.replaceAll('\t', '    '))}\n`);
  const { code } = await runOnServer(server, [`${scripts}/host/join-cluster.sh`, name], {
    ...{ env, signal, onLine: show(process.stdout), onErrorLine: show(process.stderr) },
  });
  if (code === 0) return;
  const why = code === 255 ? 'the connection was lost' : `it ended with exit code ${code}`;
  throw new FreeholdError(`${server}: its setup failed, as ${why}.`);
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
      return { port, held: await holdSession({ ...connection, folder, forward }, words, 'reach etcd') };
    } catch (error) {
      // The port may be in use.
      if (attempt < tries && !connection.signal.aborted) continue;
      throw new FreeholdError(`Cannot reach etcd on ${connection.server}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}
