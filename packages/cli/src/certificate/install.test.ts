// An installation with an end at each of its moments: a certificate that visitors were shown is never lost to one that
// they were not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InstallOperation, planEnd, planInstall } from './install.ts';

interface Site {
  current?: string | undefined;
  before?: string | undefined;
  shown?: string | undefined;
}

function act(site: Site, operation: InstallOperation, sent: string): void {
  if (operation === 'keep-before') site.before = site.current;
  if (operation === 'place') site.current = sent;
  // HAProxy refuses a bad one, and keeps what it has.
  if (operation === 'hand-over' && site.current?.startsWith('good')) site.shown = site.current;
  if (operation === 'drop-before') delete site.before;
  if (operation === 'restore-before') Object.assign(site, { current: site.before, before: undefined });
  if (operation === 'remove') delete site.current;
}

/** Runs it up to a number of operations; gives how many there were. */
function install(site: Site, sent: string, most = Infinity): number {
  const hasCurrent = site.current !== undefined;
  const isShown = hasCurrent && site.shown === site.current;
  const seen = { hasCurrent, hasBefore: site.before !== undefined && !isShown };
  let done = 0;
  const run = (operations: readonly InstallOperation[]) => {
    for (const operation of operations) {
      if (done >= most) return;
      act(site, operation, sent);
      done += 1;
    }
  };
  run(planInstall(seen));
  run(planEnd(seen, site.shown === sent));
  return done;
}

for (const sent of ['good 2', 'bad 2']) {
  test(`'${sent}' is cut off after each operation: the next run leaves what visitors are shown`, () => {
    for (const before of ['good 1', undefined]) {
      const all = install({ current: before, shown: before }, sent);
      for (let most = 0; most <= all; most += 1) {
        for (const next of ['good 3', 'bad 3', sent]) {
          const site: Site = { current: before, shown: before };
          install(site, sent, most);
          install(site, next);
          const isGood = next.startsWith('good');
          if (isGood) assert.deepEqual([site.current, site.shown], [next, next]);
          // Without one before, what a run that was cut off has left is kept as such.
          else if (before !== undefined)
            assert.ok(site.current?.startsWith('good'), `${most}: ${site.current}`);
          assert.equal(site.before, undefined);
        }
      }
    }
  });
}

test('a copy that is older than the certificate that visitors are shown is not restored', () => {
  const site: Site = { current: 'good 2', shown: 'good 2', before: 'good 1' };
  install(site, 'bad 3');
  assert.deepEqual(site, { current: 'good 2', shown: 'good 2', before: undefined });
});

test('a bad first certificate leaves none', () => {
  const site: Site = {};
  install(site, 'bad 1');
  assert.deepEqual(site, {});
});
