import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fingerprintOf } from '@freehold/core/certificate-folder';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { makeCertificate } from '@freehold/testing/certificate';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import type { Layout } from './desired.ts';
import { haproxyAt } from './haproxy-socket.ts';
import { createReconciler, type Outcome } from './reconcile.ts';
import { renderFiles } from './render.ts';
import { spareNames } from './render-haproxy-cfg.ts';
import type { Site, Sites } from './site.ts';
import { createTestEdge, startBackend, type TestEdge } from './test-edge.ts';

const site = (name: string, port: number, certificate?: Site['certificate']): Site => ({
  domain: parseDomain(name),
  backends: [{ host: 'h1', address: { ip: '127.0.0.1', port } }],
  certificate,
});

/** A site whose start takes a reload. */
const two = (name: string): Site => ({
  domain: parseDomain(name),
  backends: ['h1', 'h2'].map((host) => ({ host, address: { ip: '127.0.0.1', port: 1 } })),
});

const desire = (...sites: Site[]) => ({
  sites: new Map(sites.map((one) => [one.domain, one])) as Sites,
  complete: true,
});

function layoutOf(edge: TestEdge): Layout {
  const { folder, env, httpPort, httpsPort } = edge;
  const [sockets, pages] = [env.FREEHOLD_HAPROXY_SOCKETS ?? '', env.FREEHOLD_PAGES_DIR ?? ''];
  return { folder, sockets, pages, httpPort, httpsPort, ipv6: true };
}

/** A default certificate that HAProxy refuses, which is no fault of a site. */
async function writeBroken({ folder }: TestEdge) {
  const [path, text] = [join(folder, 'default.pem'), 'no certificate at all'];
  await writeFile(path, text);
  return { path, fingerprint: fingerprintOf(text) };
}

/** The master closes its socket for a moment after a reload. */
async function onceThere(work: () => Promise<Outcome>): Promise<Outcome> {
  let outcome: Outcome = 'waiting';
  await waitFor('HAProxy to be there', async () => {
    outcome = await work();
    return outcome !== 'waiting';
  });
  return outcome;
}

/** HAProxy tells the second in which a worker has started. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await waitFor('the next second', () => Math.floor(Date.now() / 1000) > second);
}

/** A reconciler with HAProxy running on a first, empty configuration, and a count of its reloads. */
async function start(edge: TestEdge, reloadIntervalMs = 0) {
  const layout = layoutOf(edge);
  for (const [path, text] of renderFiles(desire(), layout)) await writeFile(path, text);
  await edge.haproxy.start();
  const recorded = recordingStream();
  const haproxy = haproxyAt(layout.sockets);
  // Its worker answers before its master does.
  await waitFor('the master', () => haproxy.isThere());
  const counted = { reloads: 0, areLost: false };
  const counting = {
    ...haproxy,
    reload: async () => {
      counted.reloads++;
      const answer = await haproxy.reload();
      return counted.areLost ? { kind: 'absent' as const, reason: 'no answer' } : answer;
    },
  };
  const { reconcile, againMs, writeDown } = createReconciler({
    ...{ layout, haproxy: counting, log: createLog(recorded), reloadIntervalMs },
  });
  /** An operator's reload: each site gets a backend of its own. */
  const tidyUp = async () => {
    await writeDown();
    await nextSecond();
    assert.equal((await haproxy.reload()).kind, 'accepted');
  };
  return { reconcile, againMs, writeDown, tidyUp, lines: recorded.lines, counted, haproxy, layout };
}

test('a site whose certificate HAProxy refuses is served without it and named, and the others change', async () => {
  await using edge = await createTestEdge();
  await using a = await startBackend('a.test');
  await using b = await startBackend('b.test');
  const { reconcile, lines } = await start(edge);
  const bad = {
    path: join(edge.folder, 'approved-certs', 'b.test.pem'),
    fingerprint: fingerprintOf('no certificate at all'),
    names: [parseDomain('b.test')],
  };
  await writeFile(bad.path, 'no certificate at all');
  assert.equal(await reconcile(desire(site('a.test', a.port), site('b.test', b.port, bad))), 'done');
  assert.equal((await edge.get('a.test')).status, 200);
  assert.equal((await edge.get('b.test')).status, 200);
  assert.equal(lines.filter((line) => /refused b\.test/.test(line)).length, 1, lines.join('\n'));
  assert.match(lines.join('\n'), /b\.test\.pem/);
  const { certificate, key } = await makeCertificate(['b.test']);
  await writeFile(bad.path, certificate + key);
  const mended = site('b.test', b.port, { ...bad, fingerprint: fingerprintOf(certificate + key) });
  assert.equal(await reconcile(desire(site('a.test', a.port), mended)), 'behind');
  assert.equal((await edge.get('b.test')).status, 301, 'once corrected, it has its certificate');
});

test('if somebody has removed the copy of a certificate, it is copied again before a reload', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted, lines } = await start(edge);
  const { certificate, key } = await makeCertificate(['a.test']);
  const path = join(edge.folder, 'approved-certs', 'a.test.pem');
  await writeFile(path, certificate + key);
  const names = [parseDomain('a.test')];
  const secured = site('a.test', 1, { path, fingerprint: fingerprintOf(certificate + key), names });
  await onceThere(() => reconcile(desire(secured)));
  await rm(join(edge.folder, 'served-certs'), { recursive: true });
  const { reloads } = counted;
  await onceThere(() => reconcile(desire(secured, two('b.test')), names.concat(parseDomain('b.test'))));
  assert.ok(counted.reloads > reloads);
  assert.doesNotMatch(lines.join('\n'), /refused/);
  assert.equal((await edge.get('a.test')).status, 301);
});

test('a full comparison finds a worker that somebody else started just before the files were written', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, writeDown, haproxy } = await start(edge);
  const desired = desire(site('a.test', backend.port));
  await onceThere(() => reconcile(desire()));
  assert.equal(await onceThere(() => reconcile(desired)), 'behind');
  assert.equal((await haproxy.reload()).kind, 'accepted');
  await writeDown();
  assert.equal((await edge.get('a.test')).status, 404, 'that worker has read the earlier files');
  await onceThere(() => reconcile(desired));
  assert.equal((await edge.get('a.test')).status, 200);
});

test('a site whose lines HAProxy refuses is quarantined, reported, and answered with 503', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('good0.test');
  const { reconcile, lines } = await start(edge);
  const many = Array.from({ length: 5 }, (_, index) => site(`good${index}.test`, backend.port));
  const bad: Site = {
    domain: 'bad.test' as Domain,
    backends: [{ host: 'h1', address: { ip: 'no\n\naddress', port: 80 } }],
  };
  assert.equal(await reconcile(desire(...many, bad)), 'done');
  assert.equal((await edge.get('good0.test')).status, 200);
  assert.equal((await edge.get('bad.test')).status, 503);
  assert.match(lines.join('\n'), /refused bad\.test/);
});

test('if HAProxy refuses, the last valid files are on disk again', async () => {
  await using edge = await createTestEdge();
  const { reconcile } = await start(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  const before = await readFile(join(edge.folder, 'haproxy.cfg'), 'utf8');
  const defaultCertificate = await writeBroken(edge);
  assert.equal(await reconcile({ ...desire(site('a.test', 1)), defaultCertificate }), 'refused');
  assert.equal(await readFile(join(edge.folder, 'haproxy.cfg'), 'utf8'), before);
});

test('a refusal without an offending site is not repeated at each change, and addresses still change', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, againMs, counted } = await start(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  const defaultCertificate = await writeBroken(edge);
  const broken = (port: number) => ({ ...desire(site('a.test', port)), defaultCertificate });
  assert.equal(await reconcile(broken(2)), 'refused');
  const { reloads } = counted;
  assert.equal(await reconcile(broken(backend.port)), 'refused');
  assert.equal(counted.reloads, reloads);
  assert.equal((await edge.get('a.test')).status, 200);
  assert.ok((againMs() ?? 0) > 0, 'it is tried again later');
  assert.notEqual(await reconcile(desire(site('a.test', backend.port))), 'refused', 'without its cause');
  assert.equal((await edge.get('a.test')).status, 200);
});

test('after a few reloads the next one waits, and what needs none does not', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, againMs, counted } = await start(edge, 3_600_000);
  const sites = [site('a.test', 1)];
  for (const name of ['b.test', 'c.test', 'd.test', 'e.test']) {
    sites.push(two(name));
    await reconcile(desire(...sites));
  }
  assert.equal(counted.reloads, 3);
  assert.equal((await edge.get('d.test')).status, 503, 'it is served');
  assert.equal((await edge.get('e.test')).status, 404, 'it waits');
  assert.ok((againMs() ?? 0) > 600_000);
  const [, ...others] = sites;
  assert.equal(await reconcile(desire(site('a.test', backend.port), ...others)), 'behind');
  assert.equal((await edge.get('a.test')).status, 200);
  assert.equal(counted.reloads, 3);
});

test('a site that waits for a reload still gets its new address', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted } = await start(edge, 3_600_000);
  const others: Site[] = [];
  for (const name of ['b.test', 'c.test', 'd.test']) {
    others.push(two(name));
    await reconcile(desire(site('a.test', 1), ...others));
  }
  assert.equal(counted.reloads, 3);
  const bad = {
    path: join(edge.folder, 'approved-certs', 'a.test.pem'),
    fingerprint: fingerprintOf('no certificate at all'),
    names: [parseDomain('a.test')],
  };
  await writeFile(bad.path, 'no certificate at all');
  assert.equal(await reconcile(desire(site('a.test', 1, bad), ...others)), 'behind');
  assert.equal((await edge.get('a.test')).status, 503);
  assert.equal(await reconcile(desire(site('a.test', backend.port, bad), ...others)), 'behind');
  assert.equal((await edge.get('a.test')).status, 200);
  assert.equal(counted.reloads, 3);
});

test('while a reload waits, HAProxy can start even if the file of a certificate is removed or broken', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted } = await start(edge, 3_600_000);
  const secured = async (name: string) => {
    const { certificate, key } = await makeCertificate([name]);
    const path = join(edge.folder, 'approved-certs', `${name}.pem`);
    await writeFile(path, certificate + key);
    return { path, fingerprint: fingerprintOf(certificate + key), names: [parseDomain(name)] };
  };
  const [a, b] = [await secured('a.test'), await secured('b.test')];
  const others: Site[] = [];
  for (const name of ['c.test', 'd.test', 'e.test', 'f.test']) {
    others.push(two(name));
    await reconcile(desire(site('a.test', 1, a), site('b.test', 1, b), ...others));
  }
  assert.equal(counted.reloads, 3, 'the last one waits');
  await rm(a.path);
  await writeFile(b.path, 'no certificate at all');
  await edge.haproxy.stop('SIGKILL');
  await edge.haproxy.start();
  for (const name of ['a.test', 'b.test']) assert.equal((await edge.get(name)).status, 301, name);
  await onceThere(() => reconcile(desire(site('a.test', 1), site('b.test', 1, b), ...others)));
  await edge.haproxy.stop('SIGKILL');
  await edge.haproxy.start();
  assert.equal((await edge.get('b.test')).status, 301);
});

test('a worker that has loaded new files, though the answer was lost, is not taken for one with the old files', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted, haproxy } = await start(edge);
  const [a, www] = [site('a.test', backend.port), site('www.a.test', 1)];
  assert.equal(await reconcile(desire(a)), 'done');
  await nextSecond();
  await waitFor('the master', () => haproxy.isThere());
  counted.areLost = true;
  assert.equal(await reconcile(desire(a, www)), 'waiting');
  assert.equal((await edge.get('www.a.test')).status, 503, 'it has loaded them');
  counted.areLost = false;
  assert.equal(await onceThere(() => reconcile(desire(a))), 'done');
  assert.equal((await edge.get('www.a.test')).status, 200, 'the name is that of a.test again');
});

test('a worker that another confd has started on other files is reloaded', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('n.test');
  const { reconcile, haproxy, layout } = await start(edge);
  const a = site('a.test', 1);
  assert.equal(await reconcile(desire(a)), 'done');
  await nextSecond();
  const other = createReconciler({ layout, haproxy, log: createLog(recordingStream()), unattended: true });
  const both = desire(a, site('n.test', 1));
  assert.equal(await onceThere(() => other.reconcile(both)), 'done');
  assert.equal(await onceThere(() => reconcile(both)), 'done');
  await onceThere(() => reconcile(desire(a, site('n.test', backend.port))));
  assert.equal((await edge.get('n.test')).status, 200);
});

test('a HAProxy that has restarted with the accepted files needs no reload', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted } = await start(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  const { reloads } = counted;
  await edge.haproxy.stop();
  assert.equal(await reconcile(desire(site('a.test', 2))), 'waiting');
  await nextSecond();
  await edge.haproxy.start();
  await onceThere(() => reconcile(desire(site('a.test', backend.port))));
  assert.equal((await edge.get('a.test')).status, 200);
  assert.equal(counted.reloads, reloads);
});

test('a site that stops, moves and comes back needs no reload, only commands to the running worker', async () => {
  await using edge = await createTestEdge();
  await using one = await startBackend('a.test');
  await using two = await startBackend('a.test');
  const { reconcile, writeDown, counted } = await start(edge);
  await reconcile(desire(site('a.test', one.port)));
  assert.equal(counted.reloads, 1);
  const stopped = { domain: parseDomain('a.test'), backends: [{ host: 'h1' }] };
  await reconcile(desire(stopped));
  assert.equal((await edge.get('a.test')).status, 503);
  await reconcile(desire(site('a.test', two.port)));
  assert.equal((await edge.get('a.test')).status, 200);
  assert.equal(counted.reloads, 1);
  await writeDown();
  await edge.haproxy.stop();
  await edge.haproxy.start();
  assert.equal((await edge.get('a.test')).status, 200, 'a restarted HAProxy reads the same from the files');
});

test('if HAProxy cannot start with new files, it starts with the last accepted ones', async () => {
  await using edge = await createTestEdge();
  const { reconcile } = await start(edge);
  const bad = {
    path: join(edge.folder, 'approved-certs', 'b.test.pem'),
    fingerprint: fingerprintOf('no certificate at all'),
    names: [parseDomain('b.test')],
  };
  await writeFile(bad.path, 'no certificate at all');
  await reconcile(desire(site('a.test', 1)));
  await edge.haproxy.stop('SIGKILL');
  assert.equal(await reconcile(desire(site('a.test', 1), site('b.test', 1, bad))), 'waiting');
  await edge.haproxy.start();
  const both = desire(site('a.test', 1), site('b.test', 1, bad));
  await waitFor('the rest to be served', async () => (await reconcile(both)) === 'done');
  assert.equal((await edge.get('b.test')).status, 503);
  await rm(bad.path);
});

test('new sites use spare backends without a reload, and get their own at the next reload', async () => {
  await using edge = await createTestEdge();
  await using backends = new AsyncDisposableStack();
  const sites: Site[] = [];
  for (let index = 0; index < 6; index++) {
    sites.push(site(`s${index}.test`, backends.use(await startBackend(`s${index}.test`)).port));
  }
  const { reconcile, tidyUp, counted, haproxy } = await start(edge);
  await reconcile(desire());
  const reloads = counted.reloads;
  for (const count of [1, 2, 6]) {
    await reconcile(desire(...sites.slice(0, count)));
    for (const { domain } of sites.slice(0, count)) {
      assert.equal((await edge.get(domain)).status, 200, domain);
      assert.equal((await edge.get(`www.${domain}`)).status, 200, domain);
    }
  }
  const stopped = { domain: parseDomain('s3.test'), backends: [{ host: 'h1' }] };
  const some = [...sites.slice(0, 3), stopped, ...sites.slice(5, 6)];
  await reconcile(desire(...some));
  assert.equal((await edge.get('s3.test')).status, 503);
  assert.equal((await edge.get('s4.test')).status, 404);
  const checks = await haproxy.command(['show servers state spare-1']);
  assert.match(checks, /spare-1 \d+ site 127\.0\.0\.1 2 /, `the server runs: ${checks}`);
  await tidyUp();
  await reconcile(desire(...sites));
  for (const { domain } of sites) assert.equal((await edge.get(domain)).status, 200, domain);
  assert.match(await haproxy.command(['show servers state s0.test']), /s0\.test \d+ h1 127\.0\.0\.1 2 /);
  assert.equal(counted.reloads, reloads, 'it asked for none itself');
});

test('when half of the spare backends are taken, one reload gives all sites their own', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted, haproxy } = await start(edge);
  await reconcile(desire());
  const sites = Array.from({ length: spareNames.length / 2 }, (_, index) => site(`s${index}.test`, 1));
  assert.equal(await reconcile(desire(...sites.slice(1))), 'behind');
  assert.equal(counted.reloads, 1);
  assert.equal(await reconcile(desire(...sites)), 'done');
  assert.equal(counted.reloads, 2);
  assert.match(await haproxy.command([`get map ${join(edge.folder, 'hosts.map')} s0.test`]), /"s0\.test"/);
});

// The first check of a server is up to 10 s after its start.
describe('checks', { concurrency: 3 }, () => {
  test('the check of a spare backend asks for the site that has it', async () => {
    await using edge = await createTestEdge();
    await using other = await startBackend('other.test');
    const { reconcile, haproxy } = await start(edge);
    await reconcile(desire());
    assert.equal(await reconcile(desire(site('a.test', other.port))), 'behind');
    await waitFor('the check to fail, since this backend is not that of a.test', async () =>
      /,421,/.test(await haproxy.command(['show stat spare-1 4 -1'])),
    );
  });

  test('the spare backend of a removed site is free for another site, which gets its own checks', async () => {
    await using edge = await createTestEdge();
    await using a = await startBackend('a.test');
    await using b = await startBackend('b.test');
    const { reconcile, haproxy } = await start(edge);
    await reconcile(desire());
    await reconcile(desire(site('a.test', a.port)));
    await reconcile(desire());
    await reconcile(desire(site('b.test', b.port)));
    assert.equal((await edge.get('b.test')).status, 200);
    assert.equal((await edge.get('a.test')).status, 404);
    const checked = () => haproxy.command(['show stat spare-1 4 -1']);
    await waitFor('the check to have passed', async () => /,L7OK,200,/.test(await checked()));
    assert.equal((await edge.get('b.test')).status, 200);
  });

  test('a site whose front page is 404 is up, on a spare backend as on its own', async () => {
    await using edge = await createTestEdge();
    await using backend = await startBackend('a.test', 404);
    const { reconcile, tidyUp, haproxy, lines } = await start(edge);
    await reconcile(desire());
    assert.equal(await reconcile(desire(site('a.test', backend.port))), 'behind', lines.join('\n'));
    await waitFor('the check of the spare', async () =>
      /,UP,.*,L7OK,404,/.test(await haproxy.command(['show stat spare-1 4 -1'])),
    );
    await tidyUp();
    await waitFor('the check of its own', async () =>
      /,UP,.*,L7OK,404,/.test(await haproxy.command(['show stat a.test 4 -1'])),
    );
  });
});

test('a site that answers 500 stays in use with its own pages, on a spare backend as on its own', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test', (url) => (url === '/' ? 500 : 200));
  const { reconcile, tidyUp, haproxy } = await start(edge);
  await reconcile(desire());
  await reconcile(desire(site('a.test', backend.port)));
  for (const name of ['spare-1', 'a.test']) {
    if (name === 'a.test') await tidyUp();
    await waitFor('the check', async () =>
      /,UP,.*,L7OK,500,/.test(await haproxy.command([`show stat ${name} 4 -1`])),
    );
    const front = await edge.get('a.test');
    assert.deepEqual([front.status, JSON.parse(front.body).domain], [500, 'a.test']);
    assert.equal((await edge.get('a.test', {}, { url: '/wp-admin/' })).status, 200);
  }
  await backend[Symbol.asyncDispose]();
  const gone = await edge.get('a.test');
  assert.deepEqual([gone.status, gone.body], [503, 'soon back']);
});

test('hosts that answer for a site without errors come first; if there are none, the others answer', async () => {
  await using edge = await createTestEdge();
  await using broken = await startBackend('a.test', 500);
  await using other = await startBackend('a.test');
  await using foreign = await startBackend('other.test');
  const { reconcile, haproxy } = await start(edge);
  const at = (host: string, port: number) => ({ host, address: { ip: '127.0.0.1', port } });
  const shared = (...ports: number[]) =>
    desire({ ...site('a.test', 1), backends: ports.map((port, index) => at(`h${index + 1}`, port)) });
  await onceThere(() => reconcile(shared(broken.port, other.port, foreign.port)));
  const stat = (server: string, pattern: RegExp) =>
    waitFor(`the check of ${server}`, async () => {
      const lines = (await haproxy.command(['show stat a.test 4 -1'])).split('\n');
      return pattern.test(lines.find((line) => line.startsWith(`a.test,${server},`)) ?? '');
    });
  for (const name of ['h1', 'h3']) await stat(name, /,DOWN/);
  for (let times = 0; times < 6; times++) assert.equal((await edge.get('a.test')).status, 200);
  await other[Symbol.asyncDispose]();
  await stat('h2', /,DOWN,/);
  for (let times = 0; times < 6; times++) assert.equal((await edge.get('a.test')).status, 500);
  // The addresses of backup servers change with those that they stand in for.
  await using next = await startBackend('a.test', 500);
  await broken[Symbol.asyncDispose]();
  // If HAProxy is slow to answer, nothing has been changed, and the next call does it.
  await onceThere(() => reconcile(shared(next.port, other.port, foreign.port)));
  await stat('h1', /,L7STS,500,/);
  assert.equal((await edge.get('a.test')).status, 500);
});
