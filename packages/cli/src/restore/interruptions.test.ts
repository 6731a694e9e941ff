// A restore with one fault at each of its moments, in a model of a host: whatever happens, nothing that was there is
// overwritten, no site starts from half of its data, and the next run restores the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ModelHost, makeHost, settingsOf, siteOf } from './model-host.ts';
import { type Fault, type Outcome, runModel } from './model-run.ts';

/** After a fault and before the next run. */
function assertIntact(host: ModelHost): void {
  for (const [name, { data, upload, running, enabled }] of host.sites) {
    for (const one of [data, upload]) assert.notEqual(one?.isWhole, false, `${name} has half of its data`);
    if (running !== undefined) assert.ok(data, `${name} runs without its data`);
    if (name === 'b.test' || name === 'd.test') assert.deepEqual([running, enabled], [undefined, undefined]);
  }
}

/** After the last run: all of the backup is here. */
function assertRestored(host: ModelHost, except: readonly string[] = []): void {
  const whole = { of: 'backup', isWhole: true };
  const expected: [string, Partial<ReturnType<typeof siteOf>>][] = [
    ['a.test', { data: whole as never, running: 'static', enabled: 'static' }],
    ['b.test', { upload: whole as never }],
    ['c.test', { data: whole as never, running: 'wordpress', enabled: 'wordpress' }],
    ['d.test', { upload: whole as never }],
  ];
  for (const [name, { data, upload, running, enabled }] of expected) {
    if (except.includes(name)) continue;
    const site = siteOf(host, name);
    const found = { data: site.data, upload: site.upload, running: site.running, enabled: site.enabled };
    assert.deepEqual(found, { data, upload, running, enabled }, name);
    assert.deepEqual([site.isBegun, site.staged], [false, undefined], `${name} has no rest of a run`);
    if (name === 'a.test')
      assert.deepEqual([site.settings, site.loaded], [settingsOf(name), settingsOf(name)]);
    if (name === 'c.test') assert.equal(site.isDumped, true);
  }
  const away = (key: string) => except.some((name) => key.includes(`/${name}/`));
  const keys = ['/mail/a.test/info', '/mail/d.test/info'].filter((key) => !away(key));
  assert.deepEqual(
    [...host.forwards.keys()].filter((key) => !away(key)),
    keys,
  );
  assert.equal(host.environment, 'FREEHOLD_HOST=h1.test\nFREEHOLD_OPERATOR=me@x.test\n');
  assert.deepEqual([host.secrets, host.secretsInUse], ['new\nbefore\n', 'new\nbefore\n']);
  assert.equal(host.isRestartDue, false);
  assert.equal(host.files.get('/data/acme/account.pem'), 'account');
}

async function countMoments(): Promise<number> {
  const { moments, result } = await runModel(makeHost());
  assert.equal(result, 'done');
  assert.ok(moments > 60, `${moments} moments`);
  return moments;
}

/** One fault at each moment. */
async function atEachMoment(
  kind: Fault['kind'],
  check: (host: ModelHost, outcome: Outcome) => Promise<void>,
): Promise<void> {
  const moments = await countMoments();
  for (let moment = 1; moment <= moments; moment += 1) {
    const host = makeHost();
    const outcome = await runModel(host, { moment, kind });
    try {
      assertIntact(host);
      await check(host, outcome);
    } catch (error) {
      throw new Error(`${kind} ${outcome.operation}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const sentences = ({ said }: Outcome) => said.map(({ sentence }) => sentence).join('\n');

test('without a fault, all of a backup is restored, and a second run changes nothing', async () => {
  const host = makeHost();
  assert.equal((await runModel(host)).result, 'done');
  assertRestored(host);
  const again = await runModel(host);
  assert.equal(again.result, 'done');
  assert.equal(again.moments, 0, 'nothing is done');
  for (const name of ['a.test', 'b.test', 'c.test'])
    assert.match(sentences(again), new RegExp(`${name} exists on this host already and was not changed`));
  assertRestored(host);
});

for (const kind of ['killed', 'power', 'power-data', 'power-etc', 'failing'] as const) {
  test(`${kind} at each moment: nothing is lost, and the next run restores the rest`, async () => {
    await atEachMoment(kind, async (host, { result }) => {
      assert.equal(result, kind === 'failing' ? 'failed' : 'killed');
      const again = await runModel(host);
      assert.equal(again.result, 'done', sentences(again));
      assertRestored(host);
    });
  });
}

test('a failure of one site leaves the others alone', async () => {
  await atEachMoment('failing', async (host, { operation }) => {
    if (/^\w+ a\.test/.test(operation)) assertRestored(host, ['a.test']);
  });
});

test('two faults in a row lose nothing either', async () => {
  const moments = await countMoments();
  for (let first = 1; first <= moments; first += 1) {
    for (const second of [1, 2, 3, 5, 8, 13, 21]) {
      const host = makeHost();
      await runModel(host, { moment: first, kind: 'power' });
      await runModel(host, { moment: second, kind: 'killed' });
      assertIntact(host);
      assert.equal((await runModel(host)).result, 'done', `${first}, ${second}`);
      assertRestored(host);
    }
  }
});

test('while etcd is away, no site is restored that may live on another host', async () => {
  await atEachMoment('etcd-away', async (host, outcome) => {
    if (outcome.result === 'failed') assert.match(sentences(outcome), /etcd does not answer/);
    host.isEtcdAway = false;
    assert.equal((await runModel(host)).result, 'done');
    assertRestored(host);
  });
});

test('a site that an operator adds here meanwhile keeps its data', async () => {
  await atEachMoment('added-here', async (host, { operation }) => {
    const { data } = siteOf(host, 'a.test');
    const isTooLate = data?.of === 'backup';
    // Between the last look and the renaming, nobody can tell.
    const isUnseen = /(after a\.test: require-vacant|(before|within) a\.test: place-data)$/.test(operation);
    if (!isTooLate && !isUnseen)
      assert.equal(siteOf(host, 'a.test').upload, undefined, 'nothing of the backup is in its way');
    await runModel(host);
    const now = siteOf(host, 'a.test');
    assert.deepEqual([now.data, now.running], [data, 'static'], operation);
    if (isTooLate) assertRestored(host);
  });
});

test('a site that is added elsewhere after an interruption is not started here', async () => {
  const moments = await countMoments();
  for (let moment = 1; moment <= moments; moment += 1) {
    const host = makeHost();
    await runModel(host, { moment, kind: 'killed' });
    const wasHere = siteOf(host, 'a.test').enabled !== undefined;
    host.elsewhere.set('a.test', ['h2.test']);
    const again = await runModel(host);
    assert.equal(siteOf(host, 'a.test').running, wasHere ? 'static' : undefined);
    if (wasHere) continue;
    assert.match(sentences(again), /a\.test is not restored: it lives on h2\.test\. .*--even-so/);
    assert.equal(host.forwards.has('/mail/a.test/info'), false);
    assertRestored(host, ['a.test']);
  }
});

test('what lives elsewhere, by the control machine or by etcd, is not restored: no data, uploads or mail forwards', async () => {
  const host = makeHost();
  host.elsewhere.set('d.test', ['h2.test', 'h3.test']);
  siteOf(host, 'c.test').isMoving = true;
  const outcome = await runModel(host, undefined, {
    domains: [],
    elsewhere: new Map([['a.test', 'h9.test']]),
  });
  assert.equal(outcome.result, 'failed');
  assert.match(sentences(outcome), /a\.test is not restored: it lives on h9\.test\./);
  assert.match(sentences(outcome), /d\.test is not restored: it lives on h2\.test h3\.test\./);
  assert.match(sentences(outcome), /c\.test is not restored: a move of it/);
  assert.equal(host.forwards.size, 0);
  for (const name of ['a.test', 'c.test', 'd.test']) {
    const { data, upload, running } = siteOf(host, name);
    assert.deepEqual([data, upload, running], [undefined, undefined, undefined]);
  }
  assertRestored({ ...host, forwards: new Map() }, ['a.test', 'c.test', 'd.test']);
});

test('single sites come without the settings of the host and without other sites', async () => {
  const host = makeHost();
  const only = { domains: ['a.test', 'nobody.test'], elsewhere: new Map<string, string>() };
  const outcome = await runModel(host, undefined, only);
  assert.equal(outcome.result, 'failed');
  assert.match(sentences(outcome), /The backup does not contain the site nobody\.test/);
  assert.equal(siteOf(host, 'a.test').running, 'static');
  for (const name of ['b.test', 'c.test', 'd.test']) assert.equal(siteOf(host, name).upload, undefined);
  assert.deepEqual([...host.forwards.keys()], ['/mail/a.test/info']);
  assert.deepEqual([host.secrets, host.files.size], ['new\n', 0]);
});
