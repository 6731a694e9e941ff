// For tests: three members of a cluster with a real etcd, each with folders and an edge of its own, a real CA, and acme as
// its own process. Names lead to the edges of the first two unless a test says otherwise.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { type Child, startChild } from '@freehold/testing/child';
import { type EtcdCluster, startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { freePort } from '@freehold/testing/free-port';
import { type PebbleServer, startPebble } from '@freehold/testing/pebble-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { type Run, startEdge } from '../host-under-test.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { createKeyring, type Keyring } from './keyring.ts';

const scripts = join(import.meta.dirname, '../../../../scripts/cluster');

export interface TestMember {
  readonly host: string;
  readonly layout: Layout;
  start(args: readonly string[]): Child;
  run(...args: string[]): Promise<Run>;
  /** The folder of a site with its data, and its record in etcd. */
  addSite(domain: string): Promise<void>;
  /** Hands over what the cluster's scripts have made for it. */
  takeKeys(): Promise<void>;
  /** Gives it a file of other keys for certificates. */
  replaceKeys(text: string): Promise<void>;
  keyring(): Promise<Keyring>;
  /** Chain and key of a site that the member has; of another one, what HAProxy is given. */
  certificate(domain: string): Promise<string>;
}

export interface TestCluster extends AsyncDisposable {
  readonly members: readonly [TestMember, TestMember, TestMember];
  readonly etcd: Etcd;
  readonly etcdCluster: EtcdCluster;
  readonly pebble: PebbleServer;
  /** How many orders were made at the CA. */
  orders(): number;
  /** Calls a script of scripts/cluster, as in dismiss.sh h3. */
  script(name: string, ...args: string[]): Promise<string>;
}

export async function startMembers(): Promise<TestCluster> {
  const root = await temporaryFolder();
  const etcdCluster = await startEtcdCluster(3);
  const keys = dirname(dirname(dirname(etcdCluster.address('root').tls.ca)));
  const etcd = connectEtcd(etcdCluster.address('root'));
  const httpPort = await freePort();
  const pebble = await startPebble({ httpPort });
  const closing: (() => unknown)[] = [];

  async function createMember(host: string, address: string): Promise<TestMember> {
    const [data, haproxy] = [join(root.path, host, 'data'), join(root.path, host, 'haproxy')];
    const layout = layoutOf({ data, haproxy });
    await mkdir(layout.domains, { recursive: true });
    await mkdir(dirname(layout.approved('a.test')), { recursive: true });
    const edge = await startEdge(layout, { httpPort, address });
    closing.push(
      () => edge.closeAllConnections(),
      () => edge.close(),
    );
    const { endpoints, tls } = etcdCluster.address(host);
    const own = join(root.path, host, 'certificate-keys');
    const env = {
      FREEHOLD_OPERATOR: 'operator@example.org',
      FREEHOLD_ACME_DIRECTORY: pebble.directory,
      FREEHOLD_ACME_CA: pebble.caFile,
      FREEHOLD_ACME_RESOLVERS: pebble.resolver,
      FREEHOLD_ACME_HTTP_PORT: String(httpPort),
      FREEHOLD_HOST: host,
      FREEHOLD_HOST_IP: address,
      FREEHOLD_ETCD: endpoints.join(','),
      FREEHOLD_ETCD_CA: tls.ca,
      FREEHOLD_ETCD_CERT: tls.certificate,
      FREEHOLD_ETCD_KEY: tls.key,
      FREEHOLD_CLUSTER_KEYS: own,
      FREEHOLD_DATA: data,
      FREEHOLD_HAPROXY_DIR: haproxy,
      FREEHOLD_HAPROXY_SOCKETS: join(root.path, host),
      no_proxy: 'localhost,127.0.0.1',
    };
    const start = (args: readonly string[]) =>
      startChild(process.execPath, [join(import.meta.dirname, '../main.ts'), ...args], env);
    const sites = new Set<string>();
    const takeKeys = () => cp(join(keys, 'hosts', host, 'certificate-keys'), own);
    await takeKeys();
    return {
      host,
      layout,
      start,
      async run(...args) {
        const child = start(args);
        const [code] = await once(child.process, 'close');
        return { code, output: child.output() };
      },
      async addSite(domain) {
        await mkdir(join(layout.domains, domain), { recursive: true });
        await etcd.put(`/services/static/${domain}/${host}`, '{"boot":"0123456789abcdef"}');
        await pebble.setAddresses(domain, ['127.0.0.1', '127.0.0.2']);
        sites.add(domain);
      },
      takeKeys,
      replaceKeys: (text) => writeFile(own, text),
      keyring: async () => createKeyring(await readFile(own, 'utf8'), own),
      certificate: (domain) =>
        readFile(sites.has(domain) ? layout.certificate(domain) : layout.approved(domain), 'utf8'),
    };
  }

  const members = [
    await createMember('h1', '127.0.0.1'),
    await createMember('h2', '127.0.0.2'),
    await createMember('h3', '127.0.0.3'),
  ] as const;
  return {
    members,
    etcd,
    etcdCluster,
    pebble,
    orders: () => pebble.output().match(/Added order/g)?.length ?? 0,
    script: async (name, ...args) => (await promisify(execFile)(join(scripts, name), [keys, ...args])).stdout,
    async [Symbol.asyncDispose]() {
      for (const close of closing) close();
      etcd.close();
      await pebble[Symbol.asyncDispose]();
      await etcdCluster.remove();
      await root.remove();
    },
  };
}
