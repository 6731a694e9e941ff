import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createCoalescer } from './coalesce.ts';

const { signal } = new AbortController();

test('A burst of events wakes once.', async () => {
  const coalescer = createCoalescer({ quietMs: 5, maxWaitMs: 60_000 });
  for (let count = 0; count < 100; count += 1) coalescer.notify();
  await coalescer.next(signal);
  const end = AbortSignal.timeout(100);
  await coalescer.next(end);
  assert.ok(end.aborted, 'only the last event has woken it again');
});

test('An event during which nobody waits is kept for the next wait.', async () => {
  const coalescer = createCoalescer({ quietMs: 1, maxWaitMs: 10 });
  coalescer.notify();
  await coalescer.next(signal);
  coalescer.notify();
  await coalescer.next(signal);
});

test('The last of very many changes is never dropped, however work and events interleave.', async () => {
  const coalescer = createCoalescer({ quietMs: 1, maxWaitMs: 3 });
  let state = 0;
  let seen = 0;
  const worker = (async () => {
    while (seen < 2000) {
      await coalescer.next(signal);
      await Promise.resolve();
      seen = state;
      if (seen % 3 === 0) await delay(1);
    }
  })();
  for (state = 1; state < 2000; state += 1) {
    coalescer.notify();
    if (state % 7 === 0) await Promise.resolve();
    if (state % 50 === 0) await delay(1);
  }
  coalescer.notify();
  await worker;
  assert.equal(seen, 2000);
});

test('Events that never pause are handled nevertheless.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20 });
  const events = setInterval(() => coalescer.notify(), 1);
  await coalescer.next(signal);
  clearInterval(events);
});

test('An abort ends the wait, whether for the first event or for a quiet period.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 60_000 });
  const first = new AbortController();
  const waiting = coalescer.next(first.signal);
  first.abort();
  await waiting;
  const second = new AbortController();
  coalescer.notify();
  const settling = coalescer.next(second.signal);
  await delay(1);
  second.abort();
  await settling;
  await coalescer.next(AbortSignal.abort());
});

test('An eager coalescer handles the first event after a quiet period immediately and coalesces those that follow.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20, eager: true });
  coalescer.notify();
  // This ends before the quiet time of a minute, which shows that it did not wait. The maximum wait applies
  // to the second event.
  const first = coalescer.next(AbortSignal.timeout(300_000)).then(() => 'first');
  assert.equal(await Promise.race([first, delay(0).then(() => 'timer')]), 'first');
  coalescer.notify();
  const second = coalescer.next(signal).then(() => 'second');
  assert.equal(await Promise.race([second, delay(0).then(() => 'timer')]), 'timer');
  await second;
});

test('An eager coalescer still waits if more events are likely to follow.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20, eager: true });
  coalescer.notify();
  coalescer.notify(false);
  const next = coalescer.next(signal).then(() => 'next');
  assert.equal(await Promise.race([next, delay(0).then(() => 'timer')]), 'timer');
  await next;
});
