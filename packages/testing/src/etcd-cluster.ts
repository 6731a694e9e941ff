import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

const execute = promisify(execFile);
const scripts = join(import.meta.dirname, '../../../scripts');

/** A real cluster with certificates and access control, created by scripts/cluster as an operator does it. */
export interface EtcdCluster {
  /** Names of the hosts, `h1` and so on. */
  readonly hosts: readonly string[];
  /** The cluster's address for a host (its own member comes first) or another user (`operator`, `root`). */
  address(user: string): {
    endpoints: readonly string[];
    tls: { ca: string; certificate: string; key: string };
  };
  /** Runs etcdctl as a user; resolves with its output and whether it succeeded. */
  etcdctl(user: string, ...args: string[]): Promise<{ ok: boolean; words: string }>;
  start(host: string): Promise<void>;
  stop(host: string, signal?: NodeJS.Signals): Promise<void>;
  /** Freezes a member, so that it answers nobody and ends no connection. */
  freeze(host: string): void;
  remove(): Promise<void>;
}

/** Starts `etcd` (Debian packages etcd-server and etcd-client) on separate loopback addresses. */
export async function startEtcdCluster(size = 3): Promise<EtcdCluster> {
  const root = await temporaryFolder();
  const keys = join(root.path, 'keys');
  const net = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
  const hosts = Array.from({ length: size }, (_, index) => `h${index + 1}`);
  const children = new Map<string, Child>();
  const script = (name: string, ...args: string[]) =>
    execute(join(scripts, 'cluster', name), [keys, ...args]);

  async function start(host: string) {
    const folder = join(keys, 'hosts', host);
    const source = `source '${scripts}/setup/member-settings.sh'; member_settings '${folder}' '${folder}/etcd'`;
    const { stdout } = await execute('bash', ['-c', source]);
    const settings = Object.fromEntries(stdout.trim().split('\n').map(splitSetting));
    const env = {
      ...settings,
      // All members are on one machine here, so they cannot also use 127.0.0.1, as on a host, from which they
      // connect.
      ETCD_LISTEN_CLIENT_URLS: settings.ETCD_ADVERTISE_CLIENT_URLS,
      ETCD_EXPERIMENTAL_PEER_SKIP_CLIENT_SAN_VERIFICATION: 'true',
    };
    const child = startChild('etcd', ['--data-dir', join(root.path, host), '--log-level', 'error'], env);
    children.set(host, child);
  }
  async function untilHealthy(host: string) {
    const child = children.get(host);
    await waitFor(`etcd of ${host} to be healthy`, async () => {
      if (child && child.process.exitCode !== null) throw new Error(child.output());
      return (await etcdctl('root', '--endpoints', address(host).endpoints[0] ?? '', 'endpoint', 'health'))
        .ok;
    });
  }
  function address(user: string) {
    const own = hosts.includes(user) ? hosts.indexOf(user) : 0;
    const order = [hosts[own], ...hosts.filter((_, index) => index !== own)];
    const folder = hosts.includes(user) ? join(keys, 'hosts', user, 'client') : join(keys, 'users', user);
    return {
      endpoints: order.map((host) => `https://${net}.${hosts.indexOf(host ?? '') + 1}:2379`),
      tls: {
        ca: join(folder, 'ca.pem'),
        certificate: join(folder, 'cert.pem'),
        key: join(folder, 'key.pem'),
      },
    };
  }
  async function etcdctl(user: string, ...args: string[]) {
    const { endpoints, tls } = address(user);
    const words = ['--cacert', tls.ca, '--cert', tls.certificate, '--key', tls.key];
    // A single member may be down; all of them together answer eventually.
    const all = ['--endpoints', endpoints.join(','), '--command-timeout=60s'];
    const where = args.includes('--endpoints') ? [] : all;
    try {
      const { stdout, stderr } = await execute('etcdctl', [...words, ...where, ...args], {
        env: { ...process.env, ETCDCTL_API: '3' },
      });
      return { ok: true, words: stdout + stderr };
    } catch (error) {
      return { ok: false, words: String((error as { stderr?: string }).stderr ?? error) };
    }
  }

  await execute(join(scripts, 'cluster/make-authority.sh'), [keys]);
  for (const [index, host] of hosts.entries()) {
    await script('issue.sh', host, `${net}.${index + 1}`);
    if (index > 0) await script('admit.sh', host);
    await start(host);
    await untilHealthy(host);
    if (index === 0) await script('admit.sh', host);
  }
  return {
    hosts,
    address,
    etcdctl,
    async start(host) {
      await start(host);
      await untilHealthy(host);
    },
    async stop(host, signal) {
      await children.get(host)?.stop(signal);
    },
    freeze: (host) => void children.get(host)?.process.kill('SIGSTOP'),
    async remove() {
      for (const child of children.values()) await child.stop('SIGKILL');
      await root.remove();
    },
  };
}

function splitSetting(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
