import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { createReconciler } from './reconcile.ts';
import {
  approve,
  desire,
  nextSecond,
  onceThere,
  site,
  startReconciler,
  two,
} from './reconciler-under-test.ts';
import { spareNames } from './render-haproxy-cfg.ts';
import type { Site } from './site.ts';
import { createTestEdge, reloadByOperator, startBackend, untilStatus } from './test-edge.ts';

test('a full comparison finds a worker that somebody else started just before the files were written', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, writeDown } = await startReconciler(edge);
  const desired = desire(site('a.test', backend.port));
  await onceThere(() => reconcile(desire()));
  assert.equal(await onceThere(() => reconcile(desired)), 'behind');
  await reloadByOperator(edge);
  await writeDown();
  // That worker has read the files from before.
  await untilStatus(edge, 'a.test', 404);
  await onceThere(() => reconcile(desired));
  await untilStatus(edge, 'a.test', 200);
});

test('a site whose lines HAProxy refuses is quarantined, reported, and answered with 503', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('good0.test');
  const { reconcile, lines } = await startReconciler(edge);
  const many = Array.from({ length: 5 }, (_, index) => site(`good${index}.test`, backend.port));
  const bad: Site = {
    domain: 'bad.test' as Domain,
    backends: [{ host: 'h1', address: { ip: 'no\n\naddress', port: 80 } }],
  };
  assert.equal(await reconcile(desire(...many, bad)), 'done');
  await untilStatus(edge, 'good0.test', 200);
  await untilStatus(edge, 'bad.test', 503);
  assert.match(lines.join('\n'), /refused bad\.test/);
});

test('if HAProxy refuses, the last valid files are on disk again', async () => {
  await using edge = await createTestEdge();
  const { reconcile, layout } = await startReconciler(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  const before = await readFile(join(edge.folder, 'haproxy.cfg'), 'utf8');
  await rm(join(layout.pages, '503.http'));
  assert.equal(await onceThere(() => reconcile(desire(site('a.test', 1), two('b.test')))), 'refused');
  assert.equal(await readFile(join(edge.folder, 'haproxy.cfg'), 'utf8'), before);
});

test('a refusal without an offending site is not repeated at each change, and addresses still change', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, againMs, counted, layout } = await startReconciler(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  await rm(join(layout.pages, '503.http'));
  // It takes a reload, and concerns no site.
  const incomplete = (port: number) => ({ ...desire(site('a.test', port)), complete: false });
  assert.equal(await onceThere(() => reconcile(incomplete(2))), 'refused');
  const { reloads } = counted;
  assert.equal(await reconcile(incomplete(backend.port)), 'refused');
  assert.equal(counted.reloads, reloads);
  await untilStatus(edge, 'a.test', 200);
  assert.notEqual(againMs(), undefined, 'it is tried again later');
  assert.notEqual(await reconcile(desire(site('a.test', backend.port))), 'refused', 'without its cause');
  await untilStatus(edge, 'a.test', 200);
});

test('after a few reloads the next one waits, and what needs none does not', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, againMs, counted } = await startReconciler(edge, 3_600_000);
  const sites = [site('a.test', 1)];
  for (const name of ['b.test', 'c.test', 'd.test', 'e.test']) {
    sites.push(two(name));
    await reconcile(desire(...sites));
  }
  assert.equal(counted.reloads, 3);
  // It is served.
  await untilStatus(edge, 'd.test', 503);
  // It waits.
  await untilStatus(edge, 'e.test', 404);
  assert.ok((againMs() ?? 0) > 600_000);
  const [, ...others] = sites;
  assert.equal(await reconcile(desire(site('a.test', backend.port), ...others)), 'behind');
  await untilStatus(edge, 'a.test', 200);
  assert.equal(counted.reloads, 3);
});

test('a site that waits for a reload still gets its new address', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted } = await startReconciler(edge, 3_600_000);
  const others: Site[] = [];
  for (const name of ['b.test', 'c.test', 'd.test']) {
    others.push(two(name));
    await reconcile(desire(site('a.test', 1), ...others));
  }
  assert.equal(counted.reloads, 3);
  const bad = await approve(edge, 'a.test', 'no certificate at all');
  assert.equal(await reconcile(desire(site('a.test', 1, bad), ...others)), 'behind');
  await untilStatus(edge, 'a.test', 503);
  assert.equal(await reconcile(desire(site('a.test', backend.port, bad), ...others)), 'behind');
  await untilStatus(edge, 'a.test', 200);
  assert.equal(counted.reloads, 3);
});

test('a worker that has loaded new files, though the answer was lost, is not taken for one with the old files', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted, haproxy } = await startReconciler(edge);
  const [a, www] = [site('a.test', backend.port), site('www.a.test', 1)];
  assert.equal(await reconcile(desire(a)), 'done');
  await nextSecond();
  await waitFor('the master', () => haproxy.isThere());
  counted.areLost = true;
  assert.equal(await reconcile(desire(a, www)), 'waiting');
  // It has loaded them.
  await untilStatus(edge, 'www.a.test', 503);
  counted.areLost = false;
  assert.equal(await onceThere(() => reconcile(desire(a))), 'done');
  // The name is that of a.test again.
  await untilStatus(edge, 'www.a.test', 200);
});

test('a worker that another confd has started on other files is reloaded', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('n.test');
  const { reconcile, haproxy, layout } = await startReconciler(edge);
  const a = site('a.test', 1);
  assert.equal(await reconcile(desire(a)), 'done');
  await nextSecond();
  const other = createReconciler({ layout, haproxy, log: createLog(recordingStream()), unattended: true });
  const both = desire(a, site('n.test', 1));
  assert.equal(await onceThere(() => other.reconcile(both)), 'done');
  assert.equal(await onceThere(() => reconcile(both)), 'done');
  await onceThere(() => reconcile(desire(a, site('n.test', backend.port))));
  await untilStatus(edge, 'n.test', 200);
});

test('a HAProxy that has restarted with the accepted files needs no reload', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, counted } = await startReconciler(edge);
  assert.equal(await reconcile(desire(site('a.test', 1))), 'done');
  const { reloads } = counted;
  await edge.haproxy.stop();
  assert.equal(await reconcile(desire(site('a.test', 2))), 'waiting');
  await nextSecond();
  await edge.haproxy.start();
  await onceThere(() => reconcile(desire(site('a.test', backend.port))));
  await untilStatus(edge, 'a.test', 200);
  assert.equal(counted.reloads, reloads);
});

test('a site that stops, moves and comes back needs no reload, only commands to the running worker', async () => {
  await using edge = await createTestEdge();
  await using one = await startBackend('a.test');
  await using two = await startBackend('a.test');
  const { reconcile, writeDown, counted } = await startReconciler(edge);
  await reconcile(desire(site('a.test', one.port)));
  assert.equal(counted.reloads, 1);
  const stopped = { domain: parseDomain('a.test'), backends: [{ host: 'h1' }] };
  await reconcile(desire(stopped));
  await untilStatus(edge, 'a.test', 503);
  await reconcile(desire(site('a.test', two.port)));
  await untilStatus(edge, 'a.test', 200);
  assert.equal(counted.reloads, 1);
  await writeDown();
  await edge.haproxy.stop();
  await edge.haproxy.start();
  // A restarted HAProxy reads the same from the files.
  await untilStatus(edge, 'a.test', 200);
});

test('if HAProxy cannot start with new files, it starts with the last accepted ones', async () => {
  await using edge = await createTestEdge();
  const { reconcile } = await startReconciler(edge);
  const bad = await approve(edge, 'b.test', 'no certificate at all');
  await reconcile(desire(site('a.test', 1)));
  await edge.haproxy.stop('SIGKILL');
  assert.equal(await reconcile(desire(site('a.test', 1), site('b.test', 1, bad))), 'waiting');
  await edge.haproxy.start();
  const both = desire(site('a.test', 1), site('b.test', 1, bad));
  await waitFor('the rest to be served', async () => (await reconcile(both)) === 'done');
  await untilStatus(edge, 'b.test', 503);
  await rm(bad.path);
});

test('new sites use spare backends without a reload, and get their own at the next reload', async () => {
  await using edge = await createTestEdge();
  await using backends = new AsyncDisposableStack();
  const sites: Site[] = [];
  for (let index = 0; index < 6; index++) {
    sites.push(site(`s${index}.test`, backends.use(await startBackend(`s${index}.test`)).port));
  }
  const { reconcile, tidyUp, counted, haproxy } = await startReconciler(edge);
  await reconcile(desire());
  const reloads = counted.reloads;
  for (const count of [1, 2, 6]) {
    await reconcile(desire(...sites.slice(0, count)));
    for (const { domain } of sites.slice(0, count)) {
      await untilStatus(edge, domain, 200);
      await untilStatus(edge, `www.${domain}`, 200);
    }
  }
  const stopped = { domain: parseDomain('s3.test'), backends: [{ host: 'h1' }] };
  const some = [...sites.slice(0, 3), stopped, ...sites.slice(5, 6)];
  await reconcile(desire(...some));
  await untilStatus(edge, 's3.test', 503);
  await untilStatus(edge, 's4.test', 404);
  const checks = await haproxy.command(['show servers state spare-1']);
  assert.match(checks, /spare-1 \d+ site 127\.0\.0\.1 2 /, `the server runs: ${checks}`);
  await tidyUp();
  await reconcile(desire(...sites));
  for (const { domain } of sites) await untilStatus(edge, domain, 200);
  assert.match(await haproxy.command(['show servers state s0.test']), /s0\.test \d+ h1 127\.0\.0\.1 2 /);
  assert.equal(counted.reloads, reloads, 'it asked for none itself');
});

test('when half of the spare backends are taken, one reload gives all sites their own', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted, haproxy } = await startReconciler(edge);
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
    const { reconcile, haproxy } = await startReconciler(edge);
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
    const { reconcile, haproxy } = await startReconciler(edge);
    await reconcile(desire());
    await reconcile(desire(site('a.test', a.port)));
    await reconcile(desire());
    await reconcile(desire(site('b.test', b.port)));
    await untilStatus(edge, 'b.test', 200);
    await untilStatus(edge, 'a.test', 404);
    const checked = () => haproxy.command(['show stat spare-1 4 -1']);
    await waitFor('the check to have passed', async () => /,L7OK,200,/.test(await checked()));
    await untilStatus(edge, 'b.test', 200);
  });

  test('a site whose front page is 404 is up, on a spare backend as on its own', async () => {
    await using edge = await createTestEdge();
    await using backend = await startBackend('a.test', 404);
    const { reconcile, tidyUp, haproxy, lines } = await startReconciler(edge);
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
  const { reconcile, tidyUp, haproxy } = await startReconciler(edge);
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
  const { reconcile, haproxy } = await startReconciler(edge);
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
  await untilStatus(edge, 'a.test', 500);
});
