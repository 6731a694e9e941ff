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
  assert.ok(end.aborted, 'nothing but the end has woken it again');
});

test('An event that nobody waited for is kept for the next wait.', async () => {
  const coalescer = createCoalescer({ quietMs: 1, maxWaitMs: 10 });
  coalescer.notify();
  await coalescer.next(signal);
  coalescer.notify();
  await coalescer.next(signal);
});

test('The last of very many changes is never dropped, however the work and the events fall together.', async () => {
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

test('Events that never cease are answered all the same.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20 });
  const events = setInterval(() => coalescer.notify(), 1);
  await coalescer.next(signal);
  clearInterval(events);
});

test('An abort ends the waiting, whether for the first event or for quiet.', async () => {
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

test('An eager one does not keep the first event after a quiet period waiting, and coalesces those that follow.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20, eager: true });
  coalescer.notify();
  // That this ends before the quiet time of a minute shows that it did not wait; the longest wait is for the second one.
  const first = coalescer.next(AbortSignal.timeout(300_000)).then(() => 'first');
  assert.equal(await Promise.race([first, delay(0).then(() => 'timer')]), 'first');
  coalescer.notify();
  const second = coalescer.next(signal).then(() => 'second');
  assert.equal(await Promise.race([second, delay(0).then(() => 'timer')]), 'timer');
  await second;
});

test('An eager one waits all the same if more is likely to follow.', async () => {
  const coalescer = createCoalescer({ quietMs: 60_000, maxWaitMs: 20, eager: true });
  coalescer.notify();
  coalescer.notify(false);
  const next = coalescer.next(signal).then(() => 'next');
  assert.equal(await Promise.race([next, delay(0).then(() => 'timer')]), 'timer');
  await next;
});
