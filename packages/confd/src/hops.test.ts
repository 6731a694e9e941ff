import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '@freehold/testing/certificate';
import { freePort } from '@freehold/testing/free-port';
import { type HopKeys, makeHopKeys } from '@freehold/testing/hop-keys';
import { waitFor } from '@freehold/testing/wait-for';
import {
  createTestEdge,
  haproxyOf,
  startBackend,
  type TestEdge,
  thisBoot,
  untilStatus,
  workerOf,
} from './test-edge.ts';

/** Two hosts on loopback addresses of their own, with one etcd. */
async function startTwoHosts() {
  const net = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
  const address = { h1: `${net}.1`, h2: `${net}.2`, stranger: `${net}.3` };
  const keys = await makeHopKeys(address);
  const hopPort = await freePort();
  const one = await createTestEdge({ host: 'h1', ip: address.h1, hopPort });
  const { etcdServer } = one;
  const other = await createTestEdge({ host: 'h2', ip: address.h2, hopPort, etcdServer });
  const confds = [];
  for (const edge of [one, other]) {
    await keys.install(edge === one ? 'h1' : 'h2', edge.folder);
    confds.push(edge.confd());
    await waitFor('the first configuration', () =>
      readFile(join(edge.folder, 'hosts.map'), 'utf8').then(() => true),
    );
    await edge.haproxy.start();
  }
  return {
    one,
    other,
    keys,
    address,
    hopPort,
    confds,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
      await keys[Symbol.asyncDispose]();
    },
  };
}

describe('two hosts that stay up', () => {
  let hosts: Awaited<ReturnType<typeof startTwoHosts>>;
  before(async () => {
    hosts = await startTwoHosts();
  });
  after(() => hosts[Symbol.asyncDispose]());

  test("requests for a site of another host are proxied to it with their real client's address", async () => {
    await using backend = await startBackend('reached.test');
    await hosts.other.announce('reached.test', backend.port);
    await untilStatus(hosts.other, 'reached.test', 200);
    await untilStatus(hosts.one, 'reached.test', 200);
    const lies = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https', forwarded: 'for=6.6.6.6' };
    const { headers, host } = JSON.parse((await hosts.one.get('www.reached.test', lies)).body);
    assert.equal(host, 'www.reached.test');
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers.forwarded, undefined);
  });

  test('host-to-host proxying refuses clients without a certificate of the cluster, and certificates of another CA', async () => {
    await using foreign = await makeHopKeys({ h1: '127.0.0.1' });
    await using backend = await startBackend('taken.test');
    await hosts.other.announce('taken.test', backend.port);
    await untilStatus(hosts.one, 'taken.test', 200);
    assert.equal(await throughHop(hosts, await hosts.keys.read('stranger')), 200, 'with one, it is answered');
    await assert.rejects(throughHop(hosts, { ca: (await hosts.keys.read('h1')).ca }));
    const { ca } = await hosts.keys.read('h1');
    await assert.rejects(throughHop(hosts, { ...(await foreign.read('h1')), ca }));
  });

  test('a request from another host is never proxied again, even if that host knows the site', async () => {
    await using backend = await startBackend('known.test');
    await hosts.one.announce('known.test', backend.port);
    await untilStatus(hosts.other, 'known.test', 200);
    const keys = await hosts.keys.read('h1');
    const before = await requestsTo(hosts.one);
    assert.equal(await throughHop(hosts, keys, 'known.test'), 503, 'h2 would have to ask h1 for it');
    assert.equal(await throughHop(hosts, keys, 'nobody.test'), 503);
    assert.equal(await requestsTo(hosts.one), before, 'nothing has come to h1');
    await hosts.one.get('known.test');
    assert.equal(await requestsTo(hosts.one), before + 1, 'it would have been counted');
  });
});

// Most of their time they wait for HAProxy's checks and for leases to expire.
describe('two hosts of which one fails', { concurrency: 3 }, () => {
  test('nothing is sent to a host that presents the certificate of another one', async () => {
    await using hosts = await startTwoHosts();
    await using backend = await startBackend('a.test');
    await hosts.keys.install('stranger', hosts.other.folder);
    await hosts.other.announce('a.test', backend.port);
    await hosts.confds[1]?.stop();
    hosts.other.confd();
    await untilStatus(hosts.other, 'a.test', 200);
    await shownName(hosts, 'stranger');
    await untilStatus(hosts.one, 'a.test', 503);
  });

  test('a site on both hosts survives the loss of either one, and only the requests in progress there fail', async () => {
    await using hosts = await startTwoHosts();
    await using first = await startBackend('a.test');
    await using second = await startBackend('a.test');
    await hosts.one.announce('a.test', first.port);
    await hosts.other.announce('a.test', second.port);
    await waitFor('both to be used', async () => {
      const servers = await statOf(hosts.one);
      const up = servers.split('\n').filter((line) => /^a\.test,h[12],/.test(line) && line.includes(',UP'));
      return up.length === 2;
    });
    let asked = 0;
    const failures: { asked: number; status: unknown }[] = [];
    const load = new AbortController();
    const loaded = (async () => {
      while (!load.signal.aborted) {
        asked += 1;
        const answer = await hosts.one.get('a.test').catch((error: unknown) => ({ status: String(error) }));
        if (answer.status !== 200) failures.push({ asked, ...answer });
      }
    })();
    await waitFor('requests before', () => asked > 100);
    await hosts.confds[1]?.stop('SIGKILL');
    await hosts.other.haproxy.stop('SIGKILL');
    const atDeath = asked;
    await waitFor('requests after', () => asked > atDeath + 200);
    load.abort();
    await loaded;
    // One request is under way at a time, and what has come of its answer cannot be asked for again.
    assert.ok(failures.length <= 1, JSON.stringify(failures));
    assert.ok(
      failures.every((one) => one.asked <= atDeath),
      JSON.stringify(failures),
    );
    await untilStatus(hosts.one, 'a.test', 200);
  });

  test('a host that dies is no longer used, and is used again when it is back', async (context) => {
    await using hosts = await startTwoHosts();
    await using backend = await startBackend('a.test');
    await hosts.other.announce('a.test', backend.port);
    await untilStatus(hosts.one, 'a.test', 200);
    await hosts.confds[1]?.stop('SIGKILL');
    const died = performance.now();
    await waitFor('its address to be withdrawn', async () =>
      /server h2 127\.0\.0\.1:1 .* disabled/.test(
        await readFile(join(hosts.one.folder, 'haproxy.cfg'), 'utf8'),
      ),
    );
    context.diagnostic(`It took ${Math.round(performance.now() - died)} ms`);
    await untilStatus(hosts.one, 'a.test', 503);
    hosts.other.confd();
    await untilStatus(hosts.one, 'a.test', 200);
  });
});

test('a site on two hosts whose front page fails on both stays in use, and its other pages work', async () => {
  await using hosts = await startTwoHosts();
  const failing = (url: string) => (url === '/' ? 500 : 200);
  await using first = await startBackend('a.test', failing);
  await using second = await startBackend('a.test', failing);
  await hosts.one.announce('a.test', first.port);
  await hosts.other.announce('a.test', second.port);
  for (const [edge, server] of [
    [hosts.one, 'h1'],
    [hosts.other, 'h2'],
  ] as const)
    await untilStat(
      edge,
      `its check at ${server} to fail`,
      new RegExp(`^a\\.test,${server},.*,DOWN,.*L7STS,500,`),
    );
  for (const edge of [hosts.one, hosts.other]) {
    assert.equal((await edge.get('a.test')).status, 500);
    assert.equal((await edge.get('a.test', {}, { url: '/wp-admin/' })).status, 200);
  }
});

test("each of two hosts uses its own server of a site, and the other host's as soon as its own fails", async () => {
  await using hosts = await startTwoHosts();
  let own = 200;
  await using first = await startBackend('a.test', () => own);
  await using second = await startBackend('a.test', 201);
  await hosts.one.announce('a.test', first.port);
  await hosts.other.announce('a.test', second.port);
  await untilStat(hosts.one, 'h2 to be there', /^a\.test,h2,.*,UP[ ,]/);
  await untilStatus(hosts.other, 'a.test', 201);
  for (let times = 0; times < 6; times++) assert.equal((await hosts.one.get('a.test')).status, 200);
  assert.match(await statOf(hosts.one), /^a\.test,any:h1,.*,no check,/m);
  own = 500;
  for (let times = 0; times < 3; times++) assert.equal((await hosts.one.get('a.test')).status, 201);
  await first[Symbol.asyncDispose]();
  for (let times = 0; times < 3; times++) assert.equal((await hosts.one.get('a.test')).status, 201);
});

test('another certificate for host-to-host proxying needs no reload, and neither it nor another CA loses a host', async () => {
  await using hosts = await startTwoHosts();
  await using next = await makeHopKeys(hosts.address);
  await using backend = await startBackend('a.test');
  await hosts.other.announce('a.test', backend.port);
  await untilStatus(hosts.one, 'a.test', 200);
  const edges = { h1: hosts.one, h2: hosts.other };
  const workers = () => Promise.all(Object.values(edges).map(workerOf));
  const copied = (edge: TestEdge, text: string) =>
    waitFor('one pair of copies', async () => {
      const names = await readdir(join(edge.folder, 'hop'));
      const texts = await Promise.all(names.map((name) => readFile(join(edge.folder, 'hop', name), 'utf8')));
      return names.length === 2 && texts.includes(text);
    });
  let before: unknown;
  for (const step of ['both CAs', 'the next certificate'] as const) {
    before = await workers();
    for (const [host, edge] of Object.entries(edges)) {
      const [past, { cert, key, ca }] = [await hosts.keys.read(host), await next.read(host)];
      await writeFile(join(edge.folder, 'hop-ca.pem'), past.ca + ca);
      if (step === 'the next certificate') await writeFile(join(edge.folder, 'hop.pem'), cert + key);
      await copied(edge, step === 'both CAs' ? past.ca + ca : cert + key);
      assert.equal((await hosts.one.get('a.test')).status, 200, `${host} has ${step}`);
    }
  }
  assert.equal(
    await throughHop(hosts, await next.read('h1'), 'a.test'),
    200,
    'h2 shows the next certificate',
  );
  assert.deepEqual(await workers(), before);
  await hosts.other.haproxy.stop('SIGKILL');
  await hosts.other.haproxy.start();
  await untilStatus(hosts.one, 'a.test', 200);
  assert.equal(await throughHop(hosts, await next.read('h1'), 'a.test'), 200, 'so do the files');
});

test('further sites of another host come, stop and go without a reload', async () => {
  await using hosts = await startTwoHosts();
  await using first = await startBackend('first.test');
  await using next = await startBackend('next.test');
  await hosts.other.announce('first.test', first.port);
  await untilStatus(hosts.one, 'first.test', 200);
  const before = await workerOf(hosts.one);
  const key = '/services/static/next.test/h2';
  await hosts.other.announce('next.test', next.port);
  await untilStatus(hosts.one, 'next.test', 200);
  const { certificate, key: secret } = await makeCertificate(['next.test']);
  await writeFile(join(hosts.one.folder, 'approved-certs', 'next.test.pem'), certificate + secret);
  await untilStatus(hosts.one, 'next.test', 301);
  assert.equal((await hosts.one.get('www.next.test')).status, 200);
  await hosts.one.etcd.put(key, JSON.stringify({ boot: thisBoot }));
  await untilStatus(hosts.one, 'www.next.test', 503);
  await hosts.other.announce('next.test', next.port);
  await untilStatus(hosts.one, 'www.next.test', 200);
  await hosts.one.etcd.delete(key);
  await untilStatus(hosts.one, 'www.next.test', 404);
  assert.deepEqual(await workerOf(hosts.one), before);
});

test('a broken hop.pem is reported, the last valid pair stays in use, and changes of local sites apply', async () => {
  await using hosts = await startTwoHosts();
  await using far = await startBackend('far.test');
  await using near = await startBackend('near.test');
  await hosts.other.announce('far.test', far.port);
  await untilStatus(hosts.one, 'far.test', 200);
  for (const [round, broken] of ['-----BEGIN CERTIFICATE-----', ''].entries()) {
    await writeFile(join(hosts.one.folder, 'hop.pem'), broken);
    if (round > 0) {
      await hosts.confds[0]?.stop();
      hosts.confds[0] = hosts.one.confd();
    }
    // Its certificate takes a reload, in which HAProxy reads everything again.
    const name = round === 0 ? 'near.test' : 'far.test';
    const { certificate, key } = await makeCertificate([name]);
    await writeFile(join(hosts.one.folder, 'approved-certs', `${name}.pem`), certificate + key);
    await hosts.one.announce('near.test', near.port);
    await untilStatus(hosts.one, name, 301);
    await waitFor('hop.pem to be named', () => hosts.confds[0]?.output().includes('hop.pem is skipped'));
    assert.equal((await hosts.one.get('www.far.test')).status, 200, 'the other host is reached');
  }
  await hosts.keys.install('h1', hosts.one.folder);
  await hosts.one.announce('other.test', 1);
  await waitFor('the repair to be noticed', () => hosts.confds[0]?.output().includes('valid again'));
});

test('copies of the pair that somebody has removed are there again when HAProxy reads its files', async () => {
  await using hosts = await startTwoHosts();
  await using far = await startBackend('far.test');
  await using both = await startBackend('both.test');
  await hosts.other.announce('far.test', far.port);
  await untilStatus(hosts.one, 'far.test', 200);
  const copies = join(hosts.one.folder, 'hop');
  await rm(copies, { recursive: true });
  const before = await workerOf(hosts.one);
  // A site on two hosts takes a reload.
  for (const edge of [hosts.one, hosts.other]) await edge.announce('both.test', both.port);
  await waitFor('a reload', async () => (await workerOf(hosts.one)) !== before);
  await untilStatus(hosts.one, 'both.test', 200);
  await untilStatus(hosts.one, 'far.test', 200);
  assert.equal((await readdir(copies)).length, 2);
  assert.doesNotMatch(hosts.confds[0]?.output() ?? '', /refused/);
});

test('without any valid hop.pem local sites are served, and those of other hosts get 503', async () => {
  await using edge = await createTestEdge({ host: 'h1', ip: '127.0.0.1', hopPort: await freePort() });
  await using backend = await startBackend('a.test');
  await edge.etcd.put('/hosts/h2', JSON.stringify({ ip: '127.0.0.2', boot: 'beef' }));
  const record = JSON.stringify({ ip: '127.0.0.2', port: 80, boot: 'beef' });
  for (const domain of ['a.test', 'b.test']) await edge.etcd.put(`/services/static/${domain}/h2`, record);
  await edge.announce('a.test', backend.port);
  edge.confd();
  await waitFor('the first configuration', () =>
    readFile(join(edge.folder, 'hosts.map'), 'utf8').then(() => true),
  );
  await edge.haproxy.start();
  await untilStatus(edge, 'a.test', 200);
  await untilStatus(edge, 'b.test', 503);
});

const statOf = (edge: TestEdge) => haproxyOf(edge).command(['show stat']);

const untilStat = (edge: TestEdge, what: string, line: RegExp) =>
  waitFor(what, async () => (await statOf(edge)).split('\n').some((one) => line.test(one)));

/** Asks h2 for a site as another host's HAProxy would; gives the status. */
async function throughHop(
  hosts: { address: { h2: string }; hopPort: number },
  keys: { cert?: string; key?: string; ca: string },
  name = 'taken.test',
): Promise<number | undefined> {
  const call = request({
    ...{ host: hosts.address.h2, port: hosts.hopPort, servername: 'h2', agent: false },
    ...{ ...keys, headers: { host: name } },
  });
  call.end();
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
}

/** Waits until h2 presents a certificate with that name to other hosts. */
async function shownName(
  hosts: { keys: HopKeys; address: { h2: string }; hopPort: number },
  name: string,
): Promise<void> {
  const keys = await hosts.keys.read('h1');
  await waitFor(`the certificate of ${name}`, async () => {
    const socket = connectTls({
      ...keys,
      host: hosts.address.h2,
      port: hosts.hopPort,
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN === name;
  });
}

/** How many requests the backends of a host have had: column 7 of HAProxy's statistics. Checks of the host reach none. */
async function requestsTo(edge: TestEdge): Promise<number> {
  const lines = (await statOf(edge)).split('\n').map((line) => line.split(','));
  const backends = lines.filter(([, server]) => server === 'BACKEND');
  return backends.reduce((sum, columns) => sum + Number(columns[7]), 0);
}
