// Tests the whole program with a real etcd and real backends, partly as a separate process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { createLog } from '@freehold/core/log';
import { exitCodeOf } from '@freehold/core/run-main';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { freePort } from '@freehold/testing/free-port';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { startProgram } from './program-under-test.ts';
import { run } from './run.ts';

const boot = '11111111-2222-3333-4444-555555555555';
let server: EtcdServer;
let etcd: Etcd;
let backend: Server;
let port: number;

before(async () => {
  server = await startEtcd();
  etcd = connectEtcd({ endpoints: [server.endpoint] });
  backend = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  port = (backend.address() as { port: number }).port;
});
after(async () => {
  etcd.close();
  backend.closeAllConnections();
  backend.close();
  await server.remove();
});

function start(args: string[], { env, ...options }: Parameters<typeof startProgram>[1] = {}) {
  const settings = { FREEHOLD_ETCD: server.endpoint, FREEHOLD_HOST: 'host1', FREEHOLD_BOOT_ID: boot };
  return startProgram(args, { ...options, env: { ...settings, FREEHOLD_DRAIN_SECONDS: '0', ...env } });
}
const runProcess = (...args: Parameters<typeof start>) => start(...args).ended;

/** Runs the program in this process, since starting a separate one takes most of a run's time. */
async function runHere(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const stream = recordingStream();
  const settings = { FREEHOLD_ETCD: server.endpoint, FREEHOLD_HOST: 'host1', FREEHOLD_BOOT_ID: boot };
  const program = {
    argv,
    env: { ...settings, FREEHOLD_DRAIN_SECONDS: '0', ...env },
    log: createLog(stream),
    signal: new AbortController().signal,
  };
  const code = await exitCodeOf((one) => run(one, Readable.from([])), program);
  return { code, lines: stream.lines };
}

const keyOf = (domain: string, app = 'static') => `/services/${app}/${domain}/host1`;
const recordOf = async (domain: string, app?: string) =>
  JSON.parse((await etcd.get(keyOf(domain, app))) ?? 'null');
const direct = (domain: string, app = 'static') => [
  'announce',
  domain,
  '--app',
  app,
  '--address',
  '127.0.0.1',
  '--port',
  String(port),
];
const put = (domain: string, value: object | string, app?: string) =>
  etcd.put(keyOf(domain, app), typeof value === 'string' ? value : JSON.stringify(value));

test('A container is announced from the output of docker inspect, and withdrawn again.', async () => {
  const inspect = JSON.stringify([
    {
      Name: '/static_inspect.test',
      Config: {
        Labels: { 'freehold.app': 'static', 'freehold.site': 'inspect.test', 'freehold.port': String(port) },
        ExposedPorts: { '80/tcp': {} },
      },
      NetworkSettings: { Networks: { freehold: { IPAddress: '127.0.0.1' } } },
    },
  ]);
  const announced = await runProcess(['announce', 'inspect.test'], { input: inspect });
  assert.deepEqual(
    [announced.code, announced.lines],
    [0, [`<6>static@inspect.test was announced at 127.0.0.1:${port}.`]],
  );
  assert.deepEqual(await recordOf('inspect.test'), { ip: '127.0.0.1', port, boot });
  const withdrawn = await runProcess(['withdraw', 'inspect.test']);
  assert.deepEqual(
    [withdrawn.code, withdrawn.lines],
    [0, [`<6>static@inspect.test at 127.0.0.1:${port} is withdrawn.`]],
  );
  assert.deepEqual(await recordOf('inspect.test'), { boot });
  const again = await runProcess(['withdraw', 'inspect.test']);
  assert.equal(again.code, 0);
  assert.match(again.lines.join('\n'), /already has no address/);
});

test('A name with an umlaut is announced in its ASCII form, as its container is named.', async () => {
  assert.equal((await runHere(direct('Bücher.test'))).code, 2);
  assert.equal((await runHere(direct('xn--bcher-kva.test'))).code, 0);
  assert.equal((await recordOf('xn--bcher-kva.test')).port, port);
});

test('A withdrawal waits for running requests only if an address was in use.', async () => {
  const env = { FREEHOLD_DRAIN_SECONDS: '1' };
  await put('drain.test', { ip: '127.0.0.1', port, boot });
  const drained = await runHere(['withdraw', 'drain.test'], env);
  assert.match(drained.lines.at(-1) ?? '', /Requests in progress had 1 s to finish/);
  await put('drain.test', { ip: '127.0.0.1', port, boot: 'abc' });
  const old = await runHere(['withdraw', 'drain.test'], env);
  assert.deepEqual([old.code, old.lines.length], [0, 1]);
  assert.deepEqual(await recordOf('drain.test'), { boot: 'abc' });
});

test('Withdrawing an unknown domain is reported and succeeds.', async () => {
  const { code, lines } = await runHere(['withdraw', 'unknown.test']);
  assert.deepEqual([code, lines], [0, ['<6>unknown.test is not known on host1; nothing to withdraw.']]);
});

test('A domain is forgotten; other hosts and other domains are left alone.', async () => {
  await put('forget.test', { boot });
  await put('forget.test', '{ broken', 'wordpress');
  await etcd.put('/services/static/forget.test/host2', '{"boot":"a"}');
  assert.equal((await runHere(['withdraw', 'forget.test', '--forget'])).code, 0);
  assert.equal(await recordOf('forget.test'), null);
  assert.equal(await recordOf('forget.test', 'wordpress'), null);
  assert.equal(await etcd.get('/services/static/forget.test/host2'), '{"boot":"a"}');
});

test('A withdrawal affects all apps of the domain, or only the given one.', async () => {
  await put('apps.test', { ip: '127.0.0.1', port, boot });
  await put('apps.test', { ip: '127.0.0.1', port, boot }, 'static-git');
  assert.equal((await runHere(['withdraw', 'apps.test', '--app', 'static-git'])).code, 0);
  assert.equal((await recordOf('apps.test')).port, port);
  assert.deepEqual(await recordOf('apps.test', 'static-git'), { boot });
  assert.equal((await runHere(['withdraw', 'apps.test'])).code, 0);
  assert.deepEqual(await recordOf('apps.test'), { boot });
});

test('A withdrawal repairs an invalid record.', async () => {
  await put('broken.test', '{"ip":"1.2.3.4\\nserver x","port":80}');
  assert.equal((await runHere(['withdraw', 'broken.test'])).code, 0);
  assert.deepEqual(await recordOf('broken.test'), { boot });
});

test('A second site for one domain is refused while the first is announced in this boot.', async () => {
  await put('two.test', { ip: '172.30.0.9', port: 80, boot: boot.replaceAll('-', '') }, 'wordpress');
  const { code, lines } = await runHere(direct('two.test'));
  assert.equal(code, 1);
  assert.match(
    lines.at(-1) ?? '',
    /static@two\.test was not announced: wordpress@two\.test .* at 172\.30\.0\.9:80/,
  );
  assert.equal(await recordOf('two.test'), null);
  await put('two.test', { boot }, 'wordpress');
  assert.equal((await runHere(direct('two.test'))).code, 0);
  await put('two.test', { ip: '172.30.0.9', port: 80, boot: 'abc' }, 'wordpress');
  assert.equal((await runHere(direct('two.test'))).code, 0, 'an address from before a reboot does not count');
});

test('Ten concurrent announcements and ten withdrawals all succeed, and the record stays valid.', async () => {
  const calls = Array.from({ length: 10 }, () => [
    runHere([...direct('many.test'), '--deadline', '600']),
    runHere(['withdraw', 'many.test', '--deadline', '600']),
  ]).flat();
  for (const { code, lines } of await Promise.all(calls)) assert.equal(code, 0, lines.join('\n'));
  const record = await recordOf('many.test');
  assert.equal(record.boot, boot);
  assert.ok(record.port === undefined || record.port === port);
});

test('An announcement waits for etcd to come back.', async () => {
  const other = await startEtcd();
  try {
    await other.stop();
    const env = { FREEHOLD_ETCD: other.endpoint };
    const waiting = start(direct('late.test'), { env });
    await waitFor('the first failure', () => waiting.output().includes('trying again'));
    await other.start();
    const { code, lines } = await waiting.ended;
    assert.equal(code, 0, lines.join('\n'));
    assert.equal(lines.length, 2, 'the outage is logged once');
  } finally {
    await other.remove();
  }
});

test('The error for an unreachable etcd contains what was attempted and for how long.', async () => {
  const env = { FREEHOLD_ETCD: `http://127.0.0.1:${await freePort()}` };
  for (const args of [
    [...direct('away.test'), '--deadline', '1'],
    ['withdraw', 'away.test', '--deadline', '1'],
  ]) {
    const { code, lines } = await runHere(args, env);
    assert.equal(code, 1);
    assert.match(
      lines.at(-1) ?? '',
      /away\.test was not (announced|withdrawn) after 1 s of trying: etcd at http:/,
    );
  }
});

test('The error for a backend that does not answer contains its address and the reason.', async (context) => {
  const args = ['announce', 'down.test', '--app', 'static', '--address', '127.0.0.1'];
  // The clock stands still until several attempts have been possible.
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  setTimeout(() => context.mock.timers.tick(1_000_000), 300);
  const { code, lines } = await runHere([...args, '--port', String(await freePort()), '--deadline', '600']);
  assert.equal(code, 1);
  assert.match(lines.at(-1) ?? '', /^<3>down\.test was not announced: its container at 127.*ECONNREFUSED/);
  assert.equal(await recordOf('down.test'), null);
});

test('The help is printed on standard output, with an example.', async () => {
  const { code, out } = await runProcess(['--help']);
  assert.equal(code, 0);
  assert.match(out, /Usage: discovery announce DOMAIN/);
  assert.match(out, /docker inspect static_example\.com \| docker run/);
});
