// A site that is added, with one fault at each moment, in a model of a host: its data is never lost, import never finds half
// of it, and a later run adds the site.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ModelHost, newData } from './model-host.ts';
import { type Asked, type Fault, type Outcome, runModel } from './model-run.ts';

function makeHost({ origin }: Asked, isBad: boolean): ModelHost {
  const hasSource = origin !== 'none' && origin !== 'git';
  return {
    ...{ source: hasSource ? newData() : undefined, hasFolders: false },
    ...{ isRunning: false, isEnabled: false, isBad },
  };
}

/** At any time. */
function assertKept(host: ModelHost, { origin }: Asked): void {
  const { source, placed, site, hidden, isBad } = host;
  assert.notEqual(placed?.isWhole, false, 'import finds no half of it');
  assert.notEqual(site?.isWhole, false, 'the site has all of it');
  if (origin === 'from') assert.ok(source?.isWhole, 'its source is not changed');
  if (origin !== 'take') return;
  assert.ok(
    [source, placed, site].some((data) => data?.isWhole && data.version > 0),
    'the data is somewhere, whole',
  );
  if (!source?.isWhole)
    assert.ok(
      [placed, site].some((data) => data?.isWhole),
      'not only under a hidden name',
    );
  if (isBad) assert.ok(!site && (source?.isWhole || placed?.isWhole));
  if (hidden) assert.ok(source?.isWhole, 'what is hidden is a copy');
}

/** After a run that was not cut off: nothing of it is left where it does not belong. */
function assertTidy(host: ModelHost, { result, reports }: Outcome): void {
  assert.equal(host.hidden, undefined, 'no copy is left');
  if (result === 'added') assert.equal(host.placed, undefined);
  else if (host.placed)
    assert.match(reports.join(), /The data is in .* imports it/, 'it reports where the data is');
}

/** What a person does next: the same, or without data if that is what the refusal advises. */
async function runAgain(host: ModelHost, asked: Asked): Promise<Outcome> {
  // The control machine sends it again.
  if (asked.origin === 'sent' && !host.placed && !host.site) host.source = newData();
  const again = await runModel(host, asked);
  if (!/pending already|has data in|no such folder/.test(again.reason)) return again;
  return runModel(host, { ...asked, origin: 'none' });
}

async function check(asked: Asked, isBad: boolean, fault: Fault): Promise<string> {
  const host = makeHost(asked, isBad);
  const outcome = await runModel(host, asked, fault);
  try {
    assertKept(host, asked);
    if (outcome.result !== 'gone') assertTidy(host, outcome);
    const again = await runAgain(host, asked);
    assertKept(host, asked);
    assert.equal(host.hidden, undefined);
    if (isBad) {
      assert.deepEqual([again.result, host.isRunning, host.isEnabled], ['failed', false, false]);
    } else {
      assert.equal(again.result, 'added', again.reason);
      assert.deepEqual([host.isRunning, host.isEnabled], [true, true]);
      if (asked.origin !== 'none') assert.ok((host.site?.version ?? 0) > 0, 'it is the data');
    }
  } catch (error) {
    throw new Error(`${fault.kind} ${outcome.operation}: ${(error as Error).message}`, { cause: error });
  }
  return outcome.result;
}

const variants: readonly Asked[] = [
  { origin: 'none', isOnDisk: true },
  { origin: 'git', isOnDisk: true },
  { origin: 'from', isOnDisk: true },
  { origin: 'take', isOnDisk: true },
  { origin: 'take', isOnDisk: false },
  { origin: 'sent', isOnDisk: true },
];

for (const asked of variants) {
  const what = `${asked.origin}${asked.origin === 'take' && !asked.isOnDisk ? ' from another disk' : ''}`;

  test(`${what}: without a fault, the site is added`, async () => {
    const host = makeHost(asked, false);
    const outcome = await runModel(host, asked);
    assert.equal(outcome.result, 'added', outcome.reason);
    assertKept(host, asked);
    assertTidy(host, outcome);
    if (asked.origin !== 'from') assert.equal(host.source, undefined);
    assert.equal((await runModel(host, { ...asked, origin: 'none' })).result, 'added');
  });

  for (const kind of ['killed', 'stopped', 'power', 'failing', 'source-written'] as const) {
    for (const isBad of asked.origin === 'none' ? [false] : [false, true]) {
      test(`${what}: ${kind} at each moment, with ${isBad ? 'data that import refuses' : 'good data'}`, async (context) => {
        const { moments } = await runModel(makeHost(asked, isBad), asked);
        assert.ok(moments > 10, `${moments} moments`);
        const results = new Map<string, number>();
        for (let moment = 1; moment <= moments; moment += 1) {
          const result = await check(asked, isBad, { moment, kind });
          results.set(result, (results.get(result) ?? 0) + 1);
        }
        context.diagnostic([...results].map(([result, times]) => `${result}: ${times}`).join(', '));
      });
    }
  }
}

test('a source that is not imported is in its place again, and the run reports it', async () => {
  for (const [origin, isOnDisk, sentence] of [
    ['take', true, /x was not imported and is in its place again/],
    ['take', false, /x was not imported or changed/],
    ['from', true, /x was not imported or changed/],
    ['sent', true, /The upload in \S+ was deleted/],
    ['git', true, /The address was not imported/],
  ] as const) {
    const host = makeHost({ origin, isOnDisk }, true);
    const { result, reason, reports } = await runModel(host, { origin, isOnDisk });
    assert.equal(result, 'failed');
    assert.match(reason, /did not start and is disabled again/);
    assert.match(reports.join(), sentence);
    assert.deepEqual([host.placed, host.hidden, host.hasFolders], [undefined, undefined, false]);
    assert.equal(host.source?.isWhole ?? false, origin !== 'sent' && origin !== 'git');
  }
});

test('a source that somebody writes to is copied only whole, and not removed', async () => {
  const asked: Asked = { origin: 'take', isOnDisk: false };
  const { moments } = await runModel(makeHost(asked, false), asked);
  const reasons = new Set<string>();
  for (let moment = 1; moment <= moments; moment += 1) {
    const host = makeHost(asked, false);
    const { result, reason } = await runModel(host, asked, { moment, kind: 'source-written' });
    if (result === 'failed') reasons.add(reason);
    if (!host.source) assert.ok(host.site, 'removed only once the site has it');
    else assert.ok(host.source.isWhole);
  }
  assert.deepEqual([...reasons], ['The source changed.']);
});

test('a run that is stopped with a copy reports its path, as it may have no time to delete it', async () => {
  const asked: Asked = { origin: 'from', isOnDisk: true };
  const { moments } = await runModel(makeHost(asked, false), asked);
  const during = new Set<string>();
  for (let moment = 1; moment <= moments; moment += 1) {
    const { operation, reports } = await runModel(makeHost(asked, false), asked, { moment, kind: 'stopped' });
    if (/\.a\.test\.1\. The next run deletes/.test(reports.join()))
      during.add(operation.replace('after ', ''));
  }
  assert.deepEqual([...during], ['copy-source', 'require-copied-unchanged', 'sync-copy', 'place-copy']);
});
