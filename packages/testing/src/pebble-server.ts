import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Child, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { issueCertificate } from './issue-certificate.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

/** A real ACME CA for tests, and the DNS server that it queries (Debian package pebble). */
export interface PebbleServer extends AsyncDisposable {
  /** The URL of its directory, and the PEM file of the root of its TLS. */
  readonly directory: string;
  readonly caFile: string;
  /** ADDRESS:PORT of the DNS server, which knows no name until one is added. */
  readonly resolver: string;
  /** The port at which it validates names with http-01. */
  readonly httpPort: number;
  /** Sets the A records of a name; an empty list removes them. */
  setAddresses(name: string, addresses: readonly string[]): Promise<void>;
  setCaa(name: string, value: string): Promise<void>;
  /** Makes lookups of the name fail. */
  setServfail(name: string): Promise<void>;
  /** Stops the CA; its state is lost, since pebble stores nothing. */
  stop(): Promise<void>;
  start(env?: NodeJS.ProcessEnv): Promise<void>;
  output(): string;
}

/**
 * Starts both. `env` contains pebble's own settings, such as PEBBLE_WFE_NONCEREJECT. `lifetimeSeconds`: for how long
 * certificates are valid; years unless set.
 */
export async function startPebble(options: {
  httpPort: number;
  env?: NodeJS.ProcessEnv;
  lifetimeSeconds?: number;
}): Promise<PebbleServer> {
  const { httpPort, env: firstEnv = {}, lifetimeSeconds } = options;
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const [port, management, dns, control] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const { certificate, key } = await issueCertificate({
    commonName: 'localhost',
    extensions: ['subjectAltName=DNS:localhost,IP:127.0.0.1'],
  });
  await writeFile(at('certificate.pem'), certificate);
  await writeFile(at('key.pem'), key);
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: at('certificate.pem'),
    privateKey: at('key.pem'),
    httpPort,
    tlsPort: await freePort(),
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    ...(lifetimeSeconds && { certificateValidityPeriod: lifetimeSeconds }),
  };
  await writeFile(at('config.json'), JSON.stringify({ pebble: config }));
  const none = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', '', '-defaultIPv6', ''];
  const names = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${control}`];
  const challenge = startChild('pebble-challtestsrv', [...none, ...names]);
  const directory = `https://localhost:${port}/dir`;
  let pebble: Child | undefined;

  async function start(env: NodeJS.ProcessEnv = firstEnv): Promise<void> {
    const args = ['-config', at('config.json'), '-dnsserver', `127.0.0.1:${dns}`];
    const started = startChild('pebble', args, { PEBBLE_VA_NOSLEEP: '1', ...env });
    pebble = started;
    await waitFor('pebble to answer', async () => {
      if (started.process.exitCode !== null) throw new Error(started.output());
      return (await get(directory, certificate)).includes('newOrder');
    });
  }

  async function tell(path: string, body: object): Promise<void> {
    const url = `http://127.0.0.1:${control}/${path}`;
    const accepts = async () => (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).ok;
    await waitFor('the DNS server', accepts);
  }

  await start();
  return {
    directory,
    caFile: at('certificate.pem'),
    resolver: `127.0.0.1:${dns}`,
    httpPort,
    setAddresses: (host, addresses) =>
      addresses.length > 0 ? tell('add-a', { host, addresses }) : tell('clear-a', { host }),
    setCaa: (host, value) => tell('add-caa', { host, policies: [{ tag: 'issue', value }] }),
    setServfail: (host) => tell('set-servfail', { host }),
    stop: async () => pebble?.stop('SIGKILL'),
    start,
    output: () => `${pebble?.output()}${challenge.output()}`,
    async [Symbol.asyncDispose]() {
      await pebble?.stop('SIGKILL');
      await challenge.stop('SIGKILL');
      await folder.remove();
    },
  };
}

async function get(url: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { ca, agent: false }, (answer) => text(answer).then(resolve, reject))
    .on('error', reject)
    .end();
  return promise;
}
