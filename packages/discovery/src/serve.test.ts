// Tests the process that serves many sites, started the way systemd does: with the socket as descriptor 3.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { startProxy, type TcpProxy } from '@freehold/core/proxy-under-test';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const main = join(import.meta.dirname, 'main.ts');
const folder = await temporaryFolder();
const path = join(folder.path, 'discovery.sock');
const backend = createHttpServer((_, response) => void response.end('hello')).listen(0, '127.0.0.1');
let server: EtcdServer;
let etcd: Etcd;
let holder: ChildProcess;
let program: number;
/** Between the program and etcd. */
let proxy: TcpProxy;

// Replaces systemd: it listens, passes the socket on and accepts no connection itself; it then sleeps until
// it is woken to report how the program ended.
const holding = `
  import { spawn } from 'node:child_process';
  import { createServer } from 'node:net';
  const [path, call] = process.argv.slice(1);
  const listener = createServer().listen(path, () => {
    const program = spawn('sh', ['-c', call], { stdio: ['ignore', 'ignore', 'inherit', listener._handle.fd] });
    program.on('exit', (code) => process.exit(code ?? 255));
    process.stdout.write(String(program.pid), () => process.kill(process.pid, 'SIGSTOP'));
  });`;

before(async () => {
  server = await startEtcd();
  etcd = connectEtcd({ endpoints: [server.endpoint] });
  proxy = await startProxy(server.endpoint);
  const env = {
    PATH: process.env.PATH,
    FREEHOLD_HOST: 'host1',
    FREEHOLD_BOOT_ID: 'aaaa',
    FREEHOLD_ETCD: proxy.endpoint,
  };
  const call = `LISTEN_FDS=1 LISTEN_PID=$$ exec '${process.execPath}' '${main}' serve`;
  holder = spawn(process.execPath, ['--input-type=module', '--eval', holding, path, call], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(holder.stdout as NonNullable<typeof holder.stdout>, 'data');
  program = Number(text);
});
after(async () => {
  holder.kill('SIGKILL');
  // Only after a failure: otherwise the last test has ended it.
  if (holder.exitCode === null) process.kill(program, 'SIGKILL');
  backend.close();
  etcd.close();
  proxy.close();
  await server.remove();
  await folder.remove();
});

interface Outcome {
  readonly lines: string[];
  readonly isWhole: boolean;
}

async function call(url: string, body = ''): Promise<Outcome> {
  const asked = request({ socketPath: path, path: url, method: 'POST' });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (text += chunk));
  await new Promise((resolve) => response.on('error', () => undefined).on('close', resolve));
  return { lines: text.split('\n').filter(Boolean), isWhole: response.complete };
}

/** Docker's output for a container of the domain that listens at the address of the test's backend. */
function inspected(domain: string): string {
  const { port } = backend.address() as AddressInfo;
  return JSON.stringify([
    {
      Name: `/static_${domain}`,
      Config: {
        Labels: { 'freehold.app': 'static', 'freehold.site': domain, 'freehold.port': String(port) },
      },
      NetworkSettings: { Networks: { freehold: { IPAddress: '127.0.0.1' } } },
    },
  ]);
}
const recordOf = (domain: string) => etcd.get(`/services/static/${domain}/host1`);

test('Sites are announced and withdrawn concurrently, and each call is answered with its own log.', async () => {
  const domains = Array.from({ length: 10 }, (_, index) => `many${index}.test`);
  const announced = await Promise.all(
    domains.map((domain) => call(`/announce/${domain}`, inspected(domain))),
  );
  for (const [index, domain] of domains.entries()) {
    assert.equal(announced[index]?.isWhole, true);
    assert.match(
      announced[index]?.lines.join() ?? '',
      new RegExp(`^<6>static@${domain} was announced at 127`),
    );
    assert.match((await recordOf(domain)) ?? '', /"ip"/);
  }
  await Promise.all(domains.map((domain) => call(`/withdraw/${domain}?drain=0`)));
  for (const domain of domains) assert.equal(await recordOf(domain), '{"boot":"aaaa"}');
});

test('The answer to a failing call is cut off after the reason, and the next call is served.', async () => {
  const { lines, isWhole } = await call('/announce/a.test', 'nonsense');
  assert.equal(isWhole, false);
  assert.match(lines.at(-1) ?? '', /^<3>Cannot announce a\.test/);
  assert.equal((await call('/nothing/a.test')).isWhole, false);
  assert.equal((await call('/withdraw/a.test')).isWhole, true);
});

test('Calls share one connection to etcd, which is replaced if it has ended or fallen silent.', async () => {
  const withdraw = async () => assert.equal((await call('/withdraw/a.test')).isWhole, true);
  await withdraw();
  const open = proxy.connections();
  await withdraw();
  assert.equal(proxy.connections(), open);
  proxy.cut();
  proxy.mend();
  await withdraw();
  proxy.freeze();
  await withdraw();
});

test('A caller that hangs up ends its call.', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const text = inspected('gone.test').replace(/"freehold.port":"\d+"/, `"freehold.port":"${port}"`);
  const asked = request({ socketPath: path, path: '/announce/gone.test', method: 'POST' });
  asked.on('error', () => undefined).end(text);
  await once(silent, 'connection');
  asked.destroy();
  silent.close();
  // It would be announced as soon as a backend answered there.
  const late = createHttpServer((_, response) => void response.end()).listen(port, '127.0.0.1');
  assert.equal((await call('/announce/other.test', inspected('other.test'))).isWhole, true);
  late.close();
  assert.equal(await recordOf('gone.test'), undefined);
});

test('SIGTERM ends the process with exit code 0.', async () => {
  process.kill(program, 'SIGTERM');
  holder.kill('SIGCONT');
  const [code] = await once(holder, 'exit');
  assert.equal(code, 0);
});
