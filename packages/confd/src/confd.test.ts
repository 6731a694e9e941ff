import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import {
  createTestEdge,
  reloadByOperator,
  startBackend,
  type TestEdge,
  thisBoot,
  untilStatus,
  workerOf,
} from './test-edge.ts';

/** One edge for the tests that only change what it serves, each with domains of its own. */
let edge: TestEdge;
let confd: Awaited<ReturnType<typeof startEdge>>;
let defaultCertificate: string;
before(async () => {
  edge = await createTestEdge();
  const { certificate, key } = await makeCertificate(['default.test']);
  defaultCertificate = certificate;
  await writeFile(join(edge.folder, 'default.pem'), certificate + key);
  confd = await startEdge(edge);
});
after(() => edge[Symbol.asyncDispose]());

async function startEdge(edge: TestEdge) {
  const confd = edge.confd();
  await waitFor('the first configuration', () =>
    readFile(join(edge.folder, 'hosts.map'), 'utf8').then(() => true),
  );
  await edge.haproxy.start();
  return confd;
}

test('a put record is served by both its names, with only the headers that the edge sets', async () => {
  await using backend = await startBackend('put.test');
  await edge.announce('put.test', backend.port);
  await untilStatus(edge, 'put.test', 200);
  const lies = {
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-proto': 'gopher',
    'x-forwarded-host': 'b.test',
    forwarded: 'for=6.6.6.6',
  };
  const { headers } = JSON.parse((await edge.get('put.test', lies)).body);
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(headers['x-forwarded-proto'], 'http');
  assert.equal(headers['x-forwarded-host'], undefined);
  assert.equal(headers.forwarded, undefined);
  assert.equal((await edge.get('www.put.test')).status, 200);
});

test('a host name is found whatever its spelling, port and final dot', async () => {
  await edge.etcd.put('/services/static/spelling.test/h1', JSON.stringify({ boot: thisBoot }));
  await untilStatus(edge, 'nobody.test', 404);
  for (const host of [
    'spelling.test',
    'Spelling.Test',
    'spelling.test.',
    'www.spelling.test:8080',
    'WWW.SPELLING.TEST.:80',
  ]) {
    await untilStatus(edge, host, 503);
  }
  for (const host of ['spelling.test.b.test', 'wwwspelling.test', 'test', 'www.www.spelling.test']) {
    assert.equal((await edge.get(host)).status, 404, host);
  }
});

test('an unknown name gets 404, a stopped site 503 with Retry-After, a removed one 404 again', async () => {
  await using backend = await startBackend('stopped.test');
  await edge.announce('stopped.test', backend.port);
  await untilStatus(edge, 'stopped.test', 200);
  assert.equal((await edge.get('nobody.test')).status, 404);
  await edge.etcd.put('/services/static/stopped.test/h1', JSON.stringify({ boot: thisBoot }));
  const stopped = await untilStatus(edge, 'stopped.test', 503);
  assert.ok(Number(stopped.headers['retry-after']) > 0);
  await edge.announce('stopped.test', backend.port);
  await untilStatus(edge, 'stopped.test', 200);
  await edge.etcd.delete('/services/static/stopped.test/h1');
  await untilStatus(edge, 'stopped.test', 404);
});

test('an address of another boot, or of a host that is not alive, does not count', async () => {
  await using backend = await startBackend('boot.test');
  const record = (boot: string) => JSON.stringify({ ip: '127.0.0.1', port: backend.port, boot });
  await edge.etcd.put('/services/static/boot.test/h1', record('feed'));
  await untilStatus(edge, 'boot.test', 503);
  await edge.etcd.put('/services/static/boot.test/h2', record('beef'));
  await edge.etcd.put('/hosts/h2', JSON.stringify({ ip: '127.0.0.1', boot: 'beef' }));
  await untilStatus(edge, 'boot.test', 200);
  await edge.etcd.delete('/hosts/h2');
  await untilStatus(edge, 'boot.test', 503);
});

test('a record whose boot id is only dashes, empty or missing is skipped and reported', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const confd = await startEdge(edge);
  for (const [host, boot] of Object.entries({ dash: '-', dashes: '--', empty: '', none: undefined })) {
    const value = JSON.stringify({ ip: '127.0.0.1', port: backend.port, boot });
    await edge.etcd.put(`/services/static/a.test/${host}`, value);
    await waitFor(`${host} to be named`, () => confd.output().includes(`a.test/${host} `));
  }
  await edge.etcd.put('/services/static/a.test/h2', JSON.stringify({ boot: 'feed' }));
  await untilStatus(edge, 'a.test', 503);
});

test('two apps of one domain on two hosts are not one site: the record created first wins', async () => {
  await using edge = await createTestEdge();
  await using first = await startBackend('a.test', 201);
  await using second = await startBackend('a.test', 202);
  const confd = await startEdge(edge);
  const record = (port: number, boot: string) => JSON.stringify({ ip: '127.0.0.1', port, boot });
  const [older, newer] = ['/services/wordpress/a.test/h2', '/services/static/a.test/h1'];
  await edge.etcd.put('/hosts/h2', JSON.stringify({ ip: '127.0.0.1', boot: 'beef' }));
  await edge.etcd.put(older, record(first.port, 'beef'));
  await untilStatus(edge, 'a.test', 201);
  await edge.etcd.put(newer, record(second.port, thisBoot));
  await waitFor('the rival to be named', () => confd.output().includes(newer));
  // Written last, it is still the one that was created first.
  await edge.etcd.put(older, record(first.port, 'beef'));
  await edge.etcd.put('/services/static/b.test/h1', JSON.stringify({ boot: thisBoot }));
  await untilStatus(edge, 'b.test', 503);
  for (let times = 0; times < 6; times++) assert.equal((await edge.get('a.test')).status, 201);
  const lines = confd
    .output()
    .split('\n')
    .filter((line) => line.includes(newer));
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0] ?? '', new RegExp(older));
  await edge.etcd.delete(older);
  await untilStatus(edge, 'a.test', 202);
});

test('a container that answers 421 is never shown to a visitor', async () => {
  await using other = await startBackend('other.test');
  await edge.announce('foreign.test', other.port);
  const answer = await untilStatus(edge, 'foreign.test', 503);
  assert.match(answer.body, /soon back/);
});

test('malformed entries are reported once and affect no site', async () => {
  await using backend = await startBackend('sound.test');
  const good = JSON.stringify({ ip: '127.0.0.1', port: backend.port, boot: thisBoot });
  const bad: Record<string, string> = {
    '/services/static/json.test/h1': '{broken',
    '/services/static/inject.test/h1': JSON.stringify({
      ip: '127.0.0.1\n    bind :1',
      port: 80,
      boot: thisBoot,
    }),
    '/services/static/port0.test/h1': JSON.stringify({ ip: '127.0.0.1', port: 0, boot: thisBoot }),
    '/services/static/port70000.test/h1': JSON.stringify({ ip: '127.0.0.1', port: 70000, boot: thisBoot }),
    '/services/static/quo"ted.test/h1': good,
    '/services/static/big.test/h1': JSON.stringify({ ip: 'x'.repeat(1_000_000), port: 80, boot: thisBoot }),
    '/services/static/line\nbreak.test/h1': good,
    '/services/static/sound.test/h1/more': good,
  };
  for (const [key, value] of Object.entries(bad)) await edge.etcd.put(key, value);
  await edge.announce('sound.test', backend.port);
  await untilStatus(edge, 'sound.test', 200);
  for (const part of [
    'json.test',
    'inject.test',
    'port0.test',
    'port70000.test',
    'quo"ted.test',
    'big.test',
    'break.test',
    'h1/more',
  ]) {
    await waitFor(`${part} to be named`, () => confd.output().includes(part));
    const times = confd
      .output()
      .split('\n')
      .filter((line) => line.includes(part)).length;
    assert.equal(times, 1, `${part} is named once`);
  }
});

test('a certificate makes http redirect, is served by SNI, and is noticed when it is renewed or removed', async () => {
  await using backend = await startBackend('cert.test');
  const path = join(edge.folder, 'approved-certs', 'cert.test.pem');
  await edge.announce('cert.test', backend.port);
  await untilStatus(edge, 'cert.test', 200);
  for (const _ of ['new', 'renewed']) {
    const { certificate, key } = await makeCertificate(['cert.test', 'www.cert.test']);
    await writeFile(path, certificate + key);
    await waitFor(
      'the certificate to be served',
      async () => (await servedCertificate(edge, 'cert.test')) === pemBody(certificate),
    );
  }
  assert.equal(await servedCertificate(edge, 'other.test'), pemBody(defaultCertificate));
  const redirect = await edge.get('www.cert.test:8080');
  assert.equal(redirect.status, 301);
  assert.equal(redirect.headers.location, 'https://www.cert.test/');
  await rm(path);
  await untilStatus(edge, 'cert.test', 200);
});

test('http redirects GET with 301 and POST with 308, and only the names that the certificate covers', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  await startEdge(edge);
  await edge.announce('a.test', backend.port);
  const { certificate, key } = await makeCertificate(['a.test']);
  await writeFile(join(edge.folder, 'approved-certs', 'a.test.pem'), certificate + key);
  await untilStatus(edge, 'a.test', 301);
  const location = 'https://a.test/form?a=b';
  for (const [method, status] of [
    ['GET', 301],
    ['HEAD', 301],
    ['POST', 308],
    ['PUT', 308],
    ['OPTIONS', 308],
  ] as const) {
    const answer = await edge.get('A.test.:80', {}, { method, url: '/form?a=b' });
    assert.deepEqual([answer.status, answer.headers.location], [status, location], method);
  }
  for (const method of ['GET', 'POST']) {
    assert.equal((await edge.get('www.a.test', {}, { method })).status, 200, `${method} of www.a.test`);
  }
});

test('a stopped site keeps its certificate: http redirects, and its 503 page is served with it', async () => {
  await using edge = await createTestEdge();
  await startEdge(edge);
  await edge.etcd.put('/services/static/a.test/h1', JSON.stringify({ boot: thisBoot }));
  await untilStatus(edge, 'a.test', 503);
  const { certificate, key } = await makeCertificate(['a.test']);
  await writeFile(join(edge.folder, 'approved-certs', 'a.test.pem'), certificate + key);
  await untilStatus(edge, 'a.test', 301);
  assert.equal(await servedCertificate(edge, 'a.test'), pemBody(certificate));
  await edge.etcd.delete('/services/static/a.test/h1');
  await untilStatus(edge, 'a.test', 404);
});

test('an invalid certificate is reported, and the site is served without it', async () => {
  await using backend = await startBackend('unsound.test');
  const [one, two] = [await makeCertificate(['unsound.test']), await makeCertificate(['unsound.test'])];
  const unsound = { mismatched: one.certificate + two.key, empty: '', keyless: one.certificate, foreign: '' };
  await edge.announce('unsound.test', backend.port);
  for (const [domain, pem] of Object.entries(unsound)) {
    const path = join(edge.folder, 'approved-certs', `${domain}.test.pem`);
    await writeFile(path, pem);
    await waitFor(`${path} to be named`, () => confd.output().includes(path));
  }
  await writeFile(join(edge.folder, 'approved-certs', 'unsound.test.pem'), two.certificate + two.key);
  await untilStatus(edge, 'unsound.test', 301);
});

test('an upgraded connection survives reloads and changes of addresses and certificates', async () => {
  await using backend = await startBackend('upgraded.test');
  await using other = await startBackend('other-upgraded.test');
  await edge.announce('upgraded.test', backend.port);
  await untilStatus(edge, 'upgraded.test', 200);
  const socket = connectTcp(edge.httpPort, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: upgraded.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1.1 101/);
  const path = join(edge.folder, 'approved-certs', 'other-upgraded.test.pem');
  const { certificate, key } = await makeCertificate(['other-upgraded.test']);
  await edge.announce('other-upgraded.test', other.port);
  const workers = new Set([await workerOf(edge)]);
  for (let round = 0; round < 3; round++) {
    await untilStatus(edge, 'other-upgraded.test', 200);
    await edge.announce('other-upgraded.test', 1);
    await untilStatus(edge, 'other-upgraded.test', 503);
    await writeFile(path, certificate + key);
    await untilStatus(edge, 'other-upgraded.test', 301);
    await reloadByOperator(edge);
    workers.add(await workerOf(edge));
    await rm(path);
    await edge.announce('other-upgraded.test', other.port);
  }
  assert.ok(workers.size > 3, 'there were reloads');
  socket.write('still there?');
  const [echo] = await once(socket, 'data');
  assert.equal(String(echo), 'still there?');
  socket.destroy();
});

test('certificates come, change and go, the default one too, without a reload, and the files follow', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const writePem = async (path: string, names: string[]) => {
    const { certificate, key } = await makeCertificate(names);
    await writeFile(join(edge.folder, path), certificate + key);
    return pemBody(certificate);
  };
  const shown = (name: string, body: string) =>
    waitFor(`the certificate of ${name}`, async () => (await servedCertificate(edge, name)) === body);
  await writePem('default.pem', ['default.test']);
  const confd = await startEdge(edge);
  await waitFor('HAProxy to be reloaded', () => confd.output().includes('answers again'));
  const worker = await workerOf(edge);
  // A new site with a certificate.
  const first = await writePem('approved-certs/a.test.pem', ['a.test', 'www.a.test']);
  await edge.announce('a.test', backend.port);
  await shown('a.test', first);
  await shown('www.a.test', first);
  await untilStatus(edge, 'a.test', 301);
  const renewed = await writePem('approved-certs/a.test.pem', ['a.test', 'www.a.test']);
  await shown('www.a.test', renewed);
  const other = await writePem('default.pem', ['default.test']);
  await shown('unknown.test', other);
  for (const [site, broken] of Object.entries({ 'b.test': '', 'c.test': '-----BEGIN CERTIFICATE-----' })) {
    const skipped = () => confd.output().split('default.pem is skipped').length;
    const before = skipped();
    await writeFile(join(edge.folder, 'default.pem'), broken);
    await waitFor('the broken file to be named', () => skipped() > before);
    await edge.etcd.put(`/services/static/${site}/h1`, JSON.stringify({ boot: thisBoot }));
    await untilStatus(edge, site, 503);
    await shown('unknown.test', other);
  }
  assert.equal(await workerOf(edge), worker);
  const crtList = () => readFile(join(edge.folder, 'crt-list'), 'utf8');
  await waitFor('the files to follow', async () =>
    /a\.test\.[0-9a-f]+\.pem a\.test www\.a\.test/.test(await crtList()),
  );
  await rm(join(edge.folder, 'approved-certs/a.test.pem'));
  await untilStatus(edge, 'a.test', 200);
  await shown('a.test', other);
  await waitFor('the files to follow', async () => !(await crtList()).includes('/a.test.'));
  assert.equal(await workerOf(edge), worker);
  await edge.haproxy.stop('SIGKILL');
  await edge.haproxy.start();
  assert.equal((await edge.get('a.test')).status, 200, 'a HAProxy that starts reads the same');
});

test('if HAProxy crashes before the files are updated, it starts with the older files and is updated at once', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const confd = await startEdge(edge);
  await waitFor('the first files', () => confd.output().includes('Started'));
  await edge.announce('a.test', backend.port);
  await untilStatus(edge, 'a.test', 200);
  await edge.haproxy.stop('SIGKILL');
  await edge.haproxy.start();
  // Without any other change.
  await untilStatus(edge, 'a.test', 200);
});

test('after a reload by another program, no new site is sent to a spare backend that is free', async () => {
  await using edge = await createTestEdge();
  await using backends = new AsyncDisposableStack();
  const confd = await startEdge(edge);
  for (const name of ['a.test', 'b.test', 'c.test']) {
    const backend = backends.use(await startBackend(name));
    await edge.announce(name, backend.port);
    await untilStatus(edge, name, 200);
    await reloadByOperator(edge);
  }
  for (const name of ['a.test', 'b.test', 'c.test']) await untilStatus(edge, name, 200);
  await edge.announce('a.test', 1);
  await untilStatus(edge, 'a.test', 503);
  assert.equal((await edge.get('b.test')).status, 200);
  assert.match(confd.output(), /by somebody else/);
});

test('no change is missed if etcd is away at the start, restarts and is compacted', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  await edge.etcdServer.stop();
  const confd = await startEdge(edge);
  assert.equal((await edge.get('a.test')).status, 503, 'what is not known yet is not called unknown');
  await edge.etcdServer.start();
  await edge.announce('a.test', backend.port);
  await untilStatus(edge, 'a.test', 200);
  await edge.etcdServer.stop('SIGKILL');
  assert.equal((await edge.get('a.test')).status, 200, 'it continues to serve without etcd');
  await waitFor('the loss to be noticed', () => confd.output().includes('stays in use'));
  await edge.etcdServer.start();
  await edge.announce('b.test', backend.port);
  await untilStatus(edge, 'b.test', 503);
});

test('HAProxy that is not running yet, or was killed, is updated when it starts', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  await startEdge(edge);
  await edge.announce('a.test', backend.port);
  await untilStatus(edge, 'a.test', 200);
  await edge.haproxy.stop('SIGKILL');
  await edge.announce('b.test', backend.port);
  await edge.haproxy.start();
  await untilStatus(edge, 'a.test', 200);
  await untilStatus(edge, 'b.test', 503);
});

test('--dry-run prints a unified diff and writes nothing; --once writes and exits', async () => {
  await using edge = await createTestEdge();
  await edge.announce('a.test', 8080);
  const dry = edge.confd('--dry-run');
  const [dryCode] = await once(dry.process, 'close');
  assert.equal(dryCode, 0, dry.output());
  assert.match(dry.output(), /^\+backend a\.test from site$/m);
  await assert.rejects(readFile(join(edge.folder, 'haproxy.cfg')));
  const [onceCode] = await once(edge.confd('--once').process, 'exit');
  assert.equal(onceCode, 0);
  assert.match(await readFile(join(edge.folder, 'hosts.map'), 'utf8'), /^www\.a\.test a\.test$/m);
});

test('SIGTERM ends it cleanly; invalid arguments and settings end it with code 2', async () => {
  await using edge = await createTestEdge();
  const confd = edge.confd();
  await waitFor('it to start', () => confd.output().includes('Started'));
  confd.process.kill('SIGTERM');
  const [code] = await once(confd.process, 'close');
  assert.equal(code, 0, confd.output());
  const wrong = edge.confd('--sideways');
  assert.deepEqual((await once(wrong.process, 'close'))[0], 2);
  assert.match(wrong.output(), /--sideways/);
});

/** The body of the PEM of the certificate that the edge shows for a name. */
async function servedCertificate(edge: TestEdge, servername: string): Promise<string> {
  const socket = connectTls({
    port: edge.httpsPort,
    host: '127.0.0.1',
    servername,
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString('base64');
}

function pemBody(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '');
}
