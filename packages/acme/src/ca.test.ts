import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { mock, test } from 'node:test';
import { connectCa } from './ca.ts';
import { faultOfClock } from './clock.ts';
import { type FakeCa, startFakeCa } from './fake-ca.ts';

const connect = async ({ env }: FakeCa, withinMs?: number) => {
  const { FREEHOLD_ACME_DIRECTORY: directory = '', FREEHOLD_ACME_CA: file = '' } = env;
  const ca = await readFile(file, 'utf8');
  const { signal } = new AbortController();
  return connectCa({ directory, accountKey: '', ca, signal, ...(withinMs && { withinMs }) });
};

test('an answer that arrives byte by byte without an end is abandoned', async () => {
  await using ca = await startFakeCa();
  ca.answers.set('/dir', (response) => {
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  const directory = ca.env.FREEHOLD_ACME_DIRECTORY;
  await assert.rejects(connect(ca, 300), {
    message: `Cannot reach the CA at ${directory}: no complete answer within 0.3 seconds.`,
  });
});

test('clocks are compared at each answer of the CA, even in a run that takes hours', async () => {
  await using ca = await startFakeCa();
  const answer = ca.answers.get('/dir');
  const good = await connect(ca);
  ca.answers.set('/dir', (response) => {
    response.setHeader('date', new Date(Date.now() - 2 * 3_600_000).toUTCString());
    answer?.(response);
  });
  const wrong = await connect(ca);
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 5 * 3_600_000 });
  try {
    assert.equal(faultOfClock(good.clockOffset), undefined);
    assert.match(faultOfClock(wrong.clockOffset) ?? '', /clock is 2 hours ahead of the CA's/);
  } finally {
    mock.timers.reset();
  }
});
