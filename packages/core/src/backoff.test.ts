import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, retryUntil, sleep } from './backoff.ts';

test('Delays grow up to their limit, each with some jitter.', () => {
  const delays = backoff({ firstMs: 100, maxMs: 1000 });
  for (const middle of [100, 200, 400, 800, 1000, 1000]) {
    const ms = delays.next().value;
    assert.ok(ms >= middle * 0.75 && ms <= middle * 1.25, `${ms} for ${middle}`);
  }
});

test('Work that finally succeeds returns its result, and each earlier failure is reported.', async () => {
  const failures: unknown[] = [];
  let count = 0;
  const attempt = async () => {
    count += 1;
    if (count < 3) throw new Error(`failure ${count}`);
    return 'result';
  };
  const { signal } = new AbortController();
  const options = {
    deadline: Date.now() + 600_000,
    signal,
    onRetry: (error: unknown) => failures.push(String(error)),
  };
  assert.equal(await retryUntil(attempt, options), 'result');
  assert.deepEqual(failures, ['Error: failure 1', 'Error: failure 2']);
});

test('Work that never succeeds is tried at least once, and the last failure is thrown.', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 });
  let count = 0;
  const attempt = async () => {
    count += 1;
    if (count === 4) context.mock.timers.tick(1000);
    throw new Error(`failure ${count}`);
  };
  const { signal } = new AbortController();
  await assert.rejects(retryUntil(attempt, { deadline: 0, signal }), /failure 1/);
  await assert.rejects(retryUntil(attempt, { deadline: 2000, signal }), /failure 4/);
});

test('After a wait that lasts until the deadline there is no further attempt, and the last failure is thrown.', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 });
  let count = 0;
  const attempt = async () => {
    count += 1;
    throw new Error(`failure ${count}`);
  };
  const { signal } = new AbortController();
  const options = { deadline: 2000, signal, onRetry: () => context.mock.timers.tick(1001) };
  await assert.rejects(retryUntil(attempt, options), /failure 1/);
});

test("An abort ends the attempts with the signal's reason.", async () => {
  const abort = new AbortController();
  const attempt = async () => {
    throw new Error('failure');
  };
  const options = {
    deadline: Date.now() + 600_000,
    signal: abort.signal,
    onRetry: () => abort.abort(new Error('stopped')),
  };
  await assert.rejects(retryUntil(attempt, options), /stopped/);
});

test('An aborted sleep ends early and without an error.', async () => {
  await sleep(3_600_000, AbortSignal.timeout(10));
  await sleep(3_600_000, AbortSignal.abort());
  await sleep(1);
});
