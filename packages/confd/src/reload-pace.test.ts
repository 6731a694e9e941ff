import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReloadPace } from './reload-pace.ts';

function start(intervalMs = 30_000) {
  const clock = { ms: 0 };
  return { clock, pace: createReloadPace({ intervalMs, refusedMs: 30_000, now: () => clock.ms }) };
}

test('A few reloads may happen at once; after that there is one in each interval.', () => {
  const { clock, pace } = start();
  for (let times = 0; times < 3; times++) {
    assert.equal(pace.waitMs({ urgent: false }), 0);
    pace.reloaded();
  }
  assert.equal(pace.waitMs({ urgent: false }), 30_000);
  assert.equal(pace.waitMs({ urgent: true }), 0);
  clock.ms = 20_000;
  assert.equal(pace.waitMs({ urgent: false }), 10_000);
  clock.ms = 30_000;
  assert.equal(pace.waitMs({ urgent: false }), 0);
  pace.reloaded();
  assert.equal(pace.waitMs({ urgent: false }), 30_000);
  clock.ms = 3_600_000;
  for (let times = 0; times < 3; times++) pace.reloaded();
  assert.equal(pace.waitMs({ urgent: false }), 30_000, 'a long rest does not add up');
});

test('With an interval of 0, reloads do not wait.', () => {
  const { pace } = start(0);
  for (let times = 0; times < 50; times++) pace.reloaded();
  assert.equal(pace.waitMs({ urgent: false }), 0);
});

test('After each refusal the wait doubles, up to a quarter of an hour, until a reload succeeds.', () => {
  const { clock, pace } = start();
  const waits = [];
  for (let times = 0; times < 7; times++) {
    pace.refused();
    waits.push(pace.waitMs({ urgent: false }) / 1000);
    clock.ms += pace.waitMs({ urgent: false });
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 900, 900]);
  pace.reloaded();
  pace.refused();
  assert.equal(pace.waitMs({ urgent: false }), 30_000);
  pace.reset();
  assert.equal(pace.waitMs({ urgent: false }), 0, 'a restarted one does not wait');
});

test('Setting the clock back delays no reload.', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 7_200_000 });
  const pace = createReloadPace({ intervalMs: 30_000, refusedMs: 30_000 });
  pace.refused();
  t.mock.timers.setTime(3_600_000);
  assert.ok(pace.waitMs({ urgent: false }) <= 30_000);
  const { clock, pace: other } = start();
  clock.ms = 7_200_000;
  other.reloaded();
  clock.ms = 3_600_000;
  assert.equal(other.waitMs({ urgent: false }), 0);
});
