import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { createLog } from '@freehold/core/log';
import { freePort } from '@freehold/testing/free-port';
import { recordingStream } from '@freehold/testing/recording-stream';
import { probe } from './probe.ts';

const domain = parseDomain('example.com');
const open: (HttpServer | Server)[] = [];
after(() => {
  for (const server of open) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

async function listen<T extends HttpServer | Server>(server: T, port = 0): Promise<number> {
  open.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const backend = (listener: RequestListener) => listen(createHttpServer(listener));

/**
 * Probes until the deadline and returns the reason for the failure. The clock stands still, however slow the
 * machine is, until several attempts have been possible; then a minute passes at once.
 */
async function failureAt(context: TestContext, port: number, seconds = 30): Promise<string> {
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const timer = setTimeout(() => context.mock.timers.tick(60_000), 300);
  context.after(() => clearTimeout(timer));
  const failure: unknown = await probeWithin(port, seconds).then(
    () => 'it is up',
    (error) => error,
  );
  assert.ok(failure instanceof FreeholdError, String(failure));
  return failure.message;
}

/** Probes for at most this many seconds and returns the log lines. */
async function probeWithin(
  port: number,
  seconds: number,
  signal = new AbortController().signal,
): Promise<string[]> {
  const stream = recordingStream();
  const address = { ip: '127.0.0.1', port };
  await probe({ domain, address, deadline: Date.now() + seconds * 1000, signal, log: createLog(stream) });
  return stream.lines;
}

for (const status of [200, 301, 404, 499]) {
  test(`A backend that answers ${status} is up, and redirects are not followed.`, async () => {
    const asked: string[] = [];
    const port = await backend((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
    await probeWithin(port, 600);
    assert.deepEqual(asked, ['GET / example.com']);
  });
}

test('A backend that answers 500 at first is up once it answers 200.', async () => {
  let times = 0;
  const port = await backend((_, response) => {
    times += 1;
    response.writeHead(times < 3 ? 500 : 200).end();
  });
  await probeWithin(port, 600);
  assert.equal(times, 3);
});

test('A backend that starts listening late is waited for.', async () => {
  const port = await freePort();
  const waiting = probeWithin(port, 600);
  await listen(
    createHttpServer((_, response) => response.end()),
    port,
  );
  await waiting;
});

test('An endless body is not read.', async () => {
  const port = await backend((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await probeWithin(port, 600);
});

test('A backend that keeps answering 421 is not announced.', async (context) => {
  const port = await backend((_, response) => response.writeHead(421).end());
  assert.match(await failureAt(context, port), /it does not serve example\.com \(status 421\)/);
});

for (const [seconds, what] of [
  [60, 'before the deadline'],
  [2, 'close to the deadline'],
] as const) {
  test(`A backend that keeps answering 503 is announced with a warning, ${what}.`, async () => {
    let times = 0;
    const port = await backend((_, response) => {
      times += 1;
      response.writeHead(503).end();
    });
    const lines = await probeWithin(port, seconds);
    if (seconds === 60) assert.ok(times > 1, 'it is given time to start');
    const warnings = lines.filter((line) => line.startsWith('<4>'));
    assert.equal(warnings.length, 1, lines.join());
    assert.match(warnings[0] ?? '', /front page of example\.com answers with status 503/);
  });
}

test('A backend that answers with anything but HTTP is not announced.', async (context) => {
  const port = await listen(
    createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-x\r\n\r\n')),
  );
  assert.match(await failureAt(context, port), /did not answer within \d+ s/);
});

test('A backend that accepts connections but never answers is not announced.', async (context) => {
  const sockets: Socket[] = [];
  const port = await listen(createServer((socket) => sockets.push(socket.on('error', () => undefined))));
  assert.match(await failureAt(context, port, 1), /no answer within/);
  for (const socket of sockets) socket.destroy();
});

test('The error for a port on which nothing listens contains the port and the reason.', async (context) => {
  const reason = /container at 127\.0\.0\.1:\d+ did not.*ECONNREFUSED/;
  assert.match(await failureAt(context, await freePort()), reason);
});

test("An abort ends the wait with the signal's reason.", async () => {
  const abort = new AbortController();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    abort.abort(new Error('Stopped by SIGTERM.'));
  });
  await assert.rejects(probeWithin(await listen(server), 600, abort.signal), /^Error: Stopped by SIGTERM\.$/);
  for (const socket of sockets) socket.destroy();
});
