// A move with one fault at each of its moments, in a model of two servers: whatever happens, the site is at one place,
// whole, and the next run brings the move to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault, Pair } from './model-faults.ts';
import { type Outcome, runModel } from './model-run.ts';
import { type ModelEtcd, makeServer, start } from './model-server.ts';

const makeEtcd = (): ModelEtcd => ({ records: new Map(), routes: new Map() });

/** Two servers, of which the first has the site; they share one etcd, or have one each. */
function makePair(etcd: 'one' | 'two'): Pair {
  const shared = makeEtcd();
  const from = makeServer('h1', shared);
  const to = makeServer('h2', etcd === 'one' ? shared : makeEtcd());
  Object.assign(from, { enabled: 'static', data: { version: 0 } });
  start(from, 'static');
  from.etcd.routes.set('/mail/a.test/info', '["new@b.test"]');
  if (etcd === 'two') to.etcd.routes.set('/mail/a.test/info', '["old@b.test"]');
  return { from, to };
}

const isAdded = ({ to }: Pair) => to.data?.version === -1;

/** After the fault and before the next run: one server has the site, and all that was written to it. */
function assertKept(pair: Pair): void {
  const { from, to } = pair;
  const given = from.notes.get('given');
  if (given === undefined && to.enabled !== 'static') {
    assert.equal(from.running, 'static', 'it continues where it was');
    assert.equal(from.enabled, 'static', 'it starts with its server');
    assert.equal(from.etcd.records.get('h1'), 'up');
    return;
  }
  if (isAdded(pair)) {
    assert.equal(from.running, 'static', 'it continues where it was');
    assert.deepEqual([to.running, to.enabled], ['static', 'static'], 'the added site continues');
    return;
  }
  assert.equal(from.running, undefined, 'it does not start where it was given up');
  if (given === undefined) assert.equal(from.enabled, undefined);
  const left = from.data ?? from.aside.at(-1);
  assert.equal(to.data?.version, left?.version, 'what was written to it has come along');
}

/** After the next run: it is at its new server alone. */
function assertMoved({ from, to }: Pair): void {
  assert.deepEqual([to.running, to.enabled, to.data?.mark], ['static', 'static', undefined]);
  assert.equal(to.data?.version, from.aside.at(-1)?.version, 'all that was written to it is there');
  assert.deepEqual([from.running, from.enabled, from.data], [undefined, undefined, undefined]);
  for (const { notes, isHeldBack, isRestartDue, stopsAtOnce } of [from, to]) {
    assert.deepEqual([...notes.keys()], [], 'no notes are left');
    assert.deepEqual([isHeldBack, isRestartDue, stopsAtOnce], [false, false, false]);
  }
  assert.equal(to.etcd.records.get('h2'), 'up');
  assert.equal(from.etcd.records.get('h1'), from.etcd === to.etcd ? undefined : 'known');
  assert.equal(to.etcd.routes.get('/mail/a.test/info'), '["new@b.test"]');
}

/** What a move that failed leaves: nothing. */
function assertNothingLeft({ from, to }: Pair): void {
  for (const { notes, isHeldBack, isRestartDue } of [from, to]) {
    assert.deepEqual([...notes.keys()], []);
    assert.deepEqual([isHeldBack, isRestartDue], [false, false]);
  }
  assert.equal(to.settings.size, 0);
  if (from.etcd !== to.etcd) assert.equal(to.etcd.routes.get('/mail/a.test/info'), '["old@b.test"]');
}

async function check(etcd: 'one' | 'two', fault: Fault): Promise<Outcome> {
  const pair = makePair(etcd);
  const outcome = await runModel(pair, fault);
  const about = `${fault.kind} ${outcome.operation} (${etcd} etcd)`;
  try {
    if (outcome.hasHappened) {
      assert.equal(outcome.result, 'failed');
      assert.equal(isAdded(pair), fault.kind === 'site-added', 'a site that was added stays');
    }
    assertKept(pair);
    const again = await runModel(pair);
    if (isAdded(pair)) {
      assert.equal(again.result, 'failed', 'a site that was added at its new server stays');
      assertKept(pair);
      assertNothingLeft(pair);
    } else {
      assert.notEqual(again.result, 'failed', again.reason);
      assertMoved(pair);
      assert.equal((await runModel(pair)).result, 'done');
    }
  } catch (error) {
    throw new Error(`${about}: ${(error as Error).message}`, { cause: error });
  }
  return outcome;
}

for (const etcd of ['one', 'two'] as const) {
  test(`without a fault, a site moves between servers with ${etcd} etcd`, async () => {
    const pair = makePair(etcd);
    const { result, reason } = await runModel(pair);
    assert.equal(result, etcd === 'one' ? 'together' : 'apart', reason);
    assertMoved(pair);
  });

  for (const kind of [
    'control-ends',
    'control-lost',
    'from-loses-power',
    'to-loses-power',
    'from-gone',
    'to-gone',
    'site-added',
    'copy-damaged',
  ] as const) {
    test(`${kind} at each moment of a move between servers with ${etcd} etcd: the site is kept, and moves at the next run`, async (context) => {
      const { moments } = await runModel(makePair(etcd));
      assert.ok(moments > 60, `${moments} moments`);
      const results = new Map<string, number>();
      for (let moment = 1; moment <= moments; moment += 1) {
        const { result } = await check(etcd, { moment, kind });
        results.set(result, (results.get(result) ?? 0) + 1);
      }
      context.diagnostic([...results].map(([result, times]) => `${result}: ${times}`).join(', '));
    });
  }
}
