// A removal that is cut off at each of its moments: the next run completes it, and no database is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRemoval, type RemovalOperation, unitsAround } from './plan.ts';

interface Site {
  isRunning: boolean;
  hasContainers: boolean;
  /** The data of the owner, with a dump as of a moment. */
  data: { dump: number } | undefined;
  /** The database as of a moment. */
  database: number | undefined;
  isKnown: boolean;
  hasCertificate: boolean;
}

const makeSite = (): Site => ({
  ...{ isRunning: true, hasContainers: true, data: { dump: 1 }, database: 2 },
  ...{ isKnown: true, hasCertificate: true },
});

function act(site: Site, operation: RemovalOperation): void {
  if (operation === 'stop-site') site.isRunning = false;
  if (operation === 'dump-database' && site.database !== undefined) {
    assert.ok(!site.isRunning, 'nobody writes to the database while it is dumped for the last time');
    assert.ok(site.data, 'there is something to dump');
    site.data.dump = site.database;
  }
  if (operation === 'remove-containers') site.hasContainers = false;
  if (operation === 'withdraw') site.isKnown = false;
  if (operation === 'delete-runtime') {
    assert.ok(!site.hasContainers, 'no container uses the files any more');
    site.database = undefined;
  }
  if (operation === 'delete-data') site.data = undefined;
  if (operation === 'leave-edge') site.hasCertificate = false;
}

/** Runs it up to a number of operations; gives how many there were. */
function remove(site: Site, deletesData: boolean, most = Infinity): number {
  const plan = planRemoval(deletesData);
  for (const operation of plan.slice(0, most)) act(site, operation);
  return plan.length;
}

for (const deletesData of [false, true]) {
  test(`a removal ${deletesData ? 'with' : 'without'} its data is cut off after each operation`, () => {
    for (let most = 0; most <= remove(makeSite(), deletesData); most += 1) {
      const site = makeSite();
      remove(site, deletesData, most);
      if (!deletesData) assert.ok(site.database === 2 || site.data?.dump === 2, `${most}: it is kept`);
      remove(site, deletesData);
      assert.deepEqual(site, {
        ...{ isRunning: false, hasContainers: false, data: deletesData ? undefined : { dump: 2 } },
        ...{ database: undefined, isKnown: false, hasCertificate: false },
      });
    }
  });
}

test('a removal that failed because of its dump succeeds with --delete-data', () => {
  const site = makeSite();
  remove(site, false, 2);
  remove(site, true);
  assert.deepEqual([site.data, site.database, site.isKnown], [undefined, undefined, false]);
});

test('units around a site are those that apps declare, and those of every site', () => {
  const units = unitsAround('a.test', ['mysql@.service', 'wordpress-cron@.timer', 'mysql@.service']);
  assert.deepEqual(units.slice(0, 3), [
    'mysql@a.test.service',
    'wordpress-cron@a.test.timer',
    'discovery@a.test',
  ]);
  assert.ok(units.includes('certificate@a.test.path') && units.includes('acme@a.test'));
});
