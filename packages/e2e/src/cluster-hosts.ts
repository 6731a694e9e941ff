// Three throw-away hosts that are one cluster, made as docs/how-to/make-a-cluster.md says. This machine is the control machine.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './host.ts';
import { type Outcome, run, runIn } from './run.ts';

const scripts = join(import.meta.dirname, '../../../scripts');

/**
 * Names of the containers less their number. Hosts that are there already can be named, with a folder for the keys, to
 * run the test alone on them: they are made a cluster if the folder is empty, and left up.
 */
const existing = process.env.FREEHOLD_E2E_CLUSTER;
const prefix = existing ?? 'freehold-e2e-';

/** Docker gives a container that is started again another address, but on a network of its own. */
const network = `${prefix}cluster`;
const subnet = process.env.FREEHOLD_E2E_CLUSTER_SUBNET ?? '10.231.77';

export interface ClusterHost {
  readonly name: string;
  readonly ip: string;
  tryExec(...args: string[]): Promise<Outcome>;
  /** Runs a script in the host's shell; throws if it fails. */
  shell(script: string): Promise<string>;
}

export interface Cluster {
  readonly hosts: readonly [ClusterHost, ClusterHost, ClusterHost];
  /** The folder of make-authority.sh. */
  readonly keys: string;
  remove(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const names = [1, 2, 3].map((number) => `${prefix}${number}`);
  if (!existing) await startHosts(names);
  await connect(names);
  const [one, two, three] = await Promise.all(names.map(hostOf));
  if (!one || !two || !three) throw new Error('There are no three hosts');
  const hosts = [one, two, three] as const;
  const keys = process.env.FREEHOLD_E2E_CLUSTER_KEYS ?? (await mkdtemp(join(tmpdir(), 'freehold-cluster-')));
  if (!existsSync(join(keys, 'members'))) await formCluster(hosts, keys);
  return {
    hosts,
    keys,
    async remove() {
      if (existing || process.env.FREEHOLD_E2E_KEEP) return;
      for (const name of names) await onControlMachine('throwaway-host.sh', 'down', name);
      await run('docker', ['network', 'rm', network]);
      await rm(keys, { recursive: true });
    },
  };
}

/** The first one is a host before it starts the cluster, the others become hosts as its members. */
async function startHosts([first = '', ...others]: readonly string[]): Promise<void> {
  const startMachine = async (name: string) => {
    await onControlMachine('throwaway-host.sh', 'bare', name, '--prepared');
    await onControlMachine('throwaway-copy.sh', name);
  };
  await Promise.all([
    onControlMachine('throwaway-host.sh', 'up', first, '--prepared'),
    ...others.map((name) => startMachine(name)),
  ]);
}

async function formCluster(hosts: Cluster['hosts'], keys: string): Promise<void> {
  await onControlMachine('cluster/make-authority.sh', keys);
  for (const { name, ip } of hosts) await onControlMachine('cluster/issue.sh', keys, name, ip);
  for (const host of hosts) {
    if (host !== hosts[0]) await onControlMachine('cluster/admit.sh', keys, host.name);
    await sure('docker', 'cp', join(keys, 'hosts', host.name), `${host.name}:/root/cluster`);
    await host.shell(`${repository}/scripts/setup.sh ${host.name} --cluster /root/cluster`);
    if (host === hosts[0]) await onControlMachine('cluster/admit.sh', keys, host.name);
  }
}

const addressOf = (name: string) => `${subnet}.1${name.slice(prefix.length)}`;

async function connect(names: readonly string[]): Promise<void> {
  await run('docker', ['network', 'create', '--subnet', `${subnet}.0/24`, network]);
  for (const name of names) {
    const { code, stderr } = await run('docker', [
      'network',
      'connect',
      '--ip',
      addressOf(name),
      network,
      name,
    ]);
    if (code !== 0 && !stderr.includes('already exists')) throw new Error(stderr);
  }
}

async function hostOf(name: string): Promise<ClusterHost> {
  const ip = addressOf(name);
  const tryExec = (...args: string[]) => runIn(name, args);
  return {
    name,
    ip,
    tryExec,
    async shell(script) {
      const { code, stdout, stderr } = await tryExec('bash', '-euo', 'pipefail', '-c', script);
      if (code !== 0)
        throw new Error(`In ${name}, ${script} ended with ${code}: ${stderr}${stdout.slice(-2000)}`);
      return stdout.trim();
    },
  };
}

/** Runs a script of this repository here. */
export function onControlMachine(script: string, ...args: string[]): Promise<string> {
  return sure(join(scripts, script), ...args);
}

/** Runs a program here, and throws if it fails. */
export async function sure(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}${stdout.slice(-2000)}`);
  return stdout.trim();
}
