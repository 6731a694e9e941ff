import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter, waitFor } from './wait-for.ts';

test('The pauses grow with the time that a probe takes and with the time that has been waited.', () => {
  const pauses = [
    [0, 0, 20],
    [50, 100, 100],
    [5, 4000, 200],
    [5, 600_000, 1000],
  ] as const;
  for (const [tookMs, waitedMs, pause] of pauses) assert.equal(pauseAfter({ tookMs, waitedMs }), pause);
});

test('A probe that throws is repeated, and the last error is the cause if it never succeeds.', async () => {
  let probes = 0;
  const probe = () => {
    probes += 1;
    if (probes < 3) throw new Error(`probe ${probes}`);
    return probes;
  };
  assert.equal(await waitFor('the third probe', probe), 3);
  const never = () => {
    throw new Error('not yet');
  };
  await assert.rejects(waitFor('what never comes', never, { withinMs: 50 }), ({ message, cause }: Error) => {
    assert.match(message, /what never comes/);
    assert.match(String(cause), /not yet/);
    return true;
  });
});
