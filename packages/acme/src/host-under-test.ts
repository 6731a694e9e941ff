// A host for tests: its folders, a server that answers challenges as HAProxy does, a real CA, and acme as its own process.
import { once } from 'node:events';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { type Child, startChild } from '@freehold/testing/child';
import { freePort } from '@freehold/testing/free-port';
import { type PebbleServer, startPebble } from '@freehold/testing/pebble-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { type Layout, layoutOf } from './layout.ts';

export interface Run {
  readonly code: number | null;
  readonly output: string;
}

export interface TestHost extends AsyncDisposable {
  readonly layout: Layout;
  readonly pebble: PebbleServer;
  readonly env: NodeJS.ProcessEnv;
  /** Adds a site; its DNS leads here unless `addresses` says otherwise. */
  addSite(domain: string, addresses?: readonly string[]): Promise<void>;
  removeSite(domain: string): Promise<void>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Child;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>;
  status(domain: string): Promise<string>;
  certificate(domain: string): Promise<string>;
}

/** An edge in place of the one that this would start: HAProxy's folders, and its port for http. */
export interface OtherEdge {
  readonly folder: string;
  readonly sockets: string;
  readonly httpPort: number;
}

/** @param options.pebble pebble's own settings. @param options.lifetimeSeconds for how long its certificates are valid. */
export async function createTestHost(
  options: { pebble?: NodeJS.ProcessEnv; lifetimeSeconds?: number; edge?: OtherEdge } = {},
): Promise<TestHost> {
  const folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const haproxy = options.edge?.folder ?? join(folder.path, 'haproxy');
  const layout = layoutOf({ data, haproxy });
  for (const path of [layout.domains, haproxy]) await mkdir(path, { recursive: true });
  const httpPort = options.edge?.httpPort ?? (await freePort());
  const edge = options.edge ? undefined : await startEdge(layout, { httpPort });
  const pebble = await startPebble({
    httpPort,
    ...(options.pebble && { env: options.pebble }),
    ...(options.lifetimeSeconds && { lifetimeSeconds: options.lifetimeSeconds }),
  });
  const env = {
    FREEHOLD_OPERATOR: 'operator@example.org',
    FREEHOLD_ACME_DIRECTORY: pebble.directory,
    FREEHOLD_ACME_STAGING: pebble.directory,
    FREEHOLD_ACME_CA: pebble.caFile,
    FREEHOLD_ACME_RESOLVERS: pebble.resolver,
    FREEHOLD_ACME_HTTP_PORT: String(httpPort),
    FREEHOLD_HOST_IP: '127.0.0.1',
    FREEHOLD_DATA: data,
    FREEHOLD_HAPROXY_DIR: haproxy,
    FREEHOLD_HAPROXY_SOCKETS: options.edge?.sockets ?? folder.path,
    no_proxy: 'localhost,127.0.0.1',
  };
  const sites = new Set<string>();
  // confd writes it for a real edge.
  const writeMap = async () => {
    if (edge) await writeFile(layout.hostsMap, [...sites].map((name) => `${name} ${name}\n`).join(''));
  };
  await writeMap();
  const start = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    startChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { ...env, ...more });
  return {
    layout,
    pebble,
    env,
    async addSite(domain, addresses = ['127.0.0.1']) {
      await mkdir(join(layout.domains, domain), { recursive: true });
      if (addresses.length > 0) await pebble.setAddresses(domain, addresses);
      sites.add(domain);
      await writeMap();
    },
    async removeSite(domain) {
      sites.delete(domain);
      await writeMap();
    },
    start,
    async run(args, more) {
      const child = start(args, more);
      const [code] = await once(child.process, 'close');
      return { code, output: child.output() };
    },
    status: (domain) => readFile(layout.status(domain), 'utf8'),
    certificate: (domain) => readFile(layout.certificate(domain), 'utf8'),
    async [Symbol.asyncDispose]() {
      edge?.closeAllConnections();
      edge?.close();
      await pebble[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

/** Answers as HAProxy does, from the map. */
export async function startEdge(
  layout: Layout,
  { httpPort, address = '127.0.0.1' }: { httpPort: number; address?: string },
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const token = /^\/\.well-known\/acme-challenge\/([\w-]{22,})$/.exec(request.url ?? '')?.[1];
    const map = await readFile(layout.thumbprintMap, 'utf8').catch(() => '');
    const thumbprint = /^thumbprint (.*)$/m.exec(map)?.[1];
    if (token && thumbprint) response.end(`${token}.${thumbprint}`);
    else response.writeHead(404).end();
  });
  server.listen(httpPort, address);
  await once(server, 'listening');
  return server;
}

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
