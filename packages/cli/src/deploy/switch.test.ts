// A switch of versions with one fault at each of its moments, in a model of a host: whatever happens, the host is at one
// version as a whole, and no database was upgraded by one that did not come up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Defect, type Fault, type ModelHost, makeHost, startAgain, switchModel } from './model-host.ts';
import { planSwitch } from './plan-switch.ts';

const defects: readonly (Defect | 'none')[] = [
  'none',
  ...planSwitch({ version: 'new', isBeforeHere: false }).attempt.map(({ act }) => act),
];
const kinds: readonly Fault['kind'][] = ['killed', 'loses-power', 'fails'];

/** The version that the host is at as a whole. */
function versionOf(host: ModelHost): string | undefined {
  const { images, link, units, remembered, databases, note } = host;
  assert.deepEqual(
    { images, link, units, remembered, databases },
    { images, link: images, units: images, remembered: images, databases: images },
    'it is at one version as a whole',
  );
  assert.equal(note, undefined, 'no switch is left unfinished');
  return images;
}

/** Calls `check` for a switch with each fault at each of its moments. */
async function atEachMoment(
  make: () => ModelHost,
  check: (host: ModelHost, fault: Fault, result: string) => Promise<void>,
): Promise<number> {
  const { moments } = await switchModel(make(), 'new');
  for (const kind of kinds) {
    for (let moment = 1; moment <= moments; moment += 1) {
      const host = make();
      const { result } = await switchModel(host, 'new', { moment, kind });
      await check(host, { moment, kind }, result).catch((cause) => {
        throw new Error(`${kind} at moment ${moment}: ${cause.message}`, { cause });
      });
    }
  }
  return moments * kinds.length;
}

for (const defect of defects) {
  const make = () => makeHost('old', { new: defect, newer: 'none', 'newer broken': 'require-programs' });
  const what = defect === 'none' ? 'that comes up' : `that fails at ${defect}`;

  test(`a switch to a version ${what} ends at ${defect === 'none' ? 'it' : 'the one before'}`, async () => {
    const host = make();
    const { result, reason } = await switchModel(host, 'new');
    assert.equal(result, defect === 'none' ? 'done' : 'failed');
    if (defect !== 'none')
      assert.match(reason, /^Version new did not start\. The host was rolled back to old/);
    assert.equal(versionOf(host), defect === 'none' ? 'new' : 'old');
    assert.equal(host.upgradedBy.has('new'), defect === 'none');
  });

  test(`a fault at each moment of a switch to a version ${what}: the next start of the host, or the next switch, ends at one version`, async (context) => {
    const count = await atEachMoment(make, async (host, { kind }, result) => {
      if (kind === 'loses-power' && result === 'cut-off')
        assert.ok(['old', 'new'].includes(versionOf(host) ?? ''));
      const inUse = host.note?.before ?? host.remembered;
      const copy = () => ({ ...host, upgradedBy: new Set(host.upgradedBy), unsynced: [] as (() => void)[] });
      const [started, switched, refused, same] = [copy(), copy(), copy(), copy()];
      await startAgain(started);
      assert.equal(versionOf(started), inUse, 'after a start');
      assert.equal((await switchModel(switched, 'newer')).result, 'done');
      assert.equal(versionOf(switched), 'newer', 'after the next switch');
      assert.equal((await switchModel(refused, 'newer broken')).result, 'failed');
      assert.equal(versionOf(refused), inUse, 'after the next switch, which is rolled back');
      await switchModel(same, 'new');
      assert.equal(versionOf(same), defect === 'none' ? 'new' : 'old', 'after the same switch again');
      const hosts = [started, switched, refused, same];
      if (defect !== 'none') assert.ok(hosts.every(({ upgradedBy }) => !upgradedBy.has('new')));
      assert.ok(hosts.every(({ upgradedBy }) => !upgradedBy.has('newer broken')));
    });
    context.diagnostic(`${count} faults`);
  });
}

for (const defect of defects) {
  test(`on a bare host, a fault at each moment of its first version, which ${defect === 'none' ? 'comes up' : `fails at ${defect}`}, is put right by the next`, async () => {
    await atEachMoment(
      () => makeHost(undefined, { new: defect, newer: 'none' }),
      async (host) => {
        if (defect === 'none' && host.note) {
          const started = { ...host, unsynced: [] as (() => void)[] };
          await startAgain(started);
          assert.equal(versionOf(started), 'new', 'the switch is completed at the boot');
        }
        assert.equal((await switchModel(host, 'newer')).result, 'done');
        assert.equal(versionOf(host), 'newer');
      },
    );
  });
}

test('a first version that does not come up leaves nothing to go back to, and says so', async () => {
  const { result, reason } = await switchModel(makeHost(undefined, { new: 'set-up' }), 'new');
  assert.equal(result, 'failed');
  assert.match(reason, /no previous one to roll back to/);
});

test('a version before that is no longer here whole is not gone back to', () => {
  assert.equal(planSwitch({ version: 'new', before: 'old', isBeforeHere: false }).putBack, undefined);
});

test('a switch to the version in use leaves no note, and sets all right again', async () => {
  const plan = planSwitch({ version: 'old', before: 'old', isBeforeHere: true });
  assert.deepEqual(plan.begin, []);
  assert.ok(plan.complete.every(({ act }) => act !== 'note-unfinished'));
  const host = makeHost('old', {});
  host.units = 'other';
  await switchModel(host, 'old');
  assert.equal(versionOf(host), 'old');
});

test('a switch has succeeded even if old versions cannot be deleted', async () => {
  const host = makeHost('old', { new: 'forget-old' });
  assert.equal((await switchModel(host, 'new')).result, 'done');
  assert.equal(versionOf(host), 'new');
});
