import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { killAndContinue } from './kill-under-test.ts';

// kill-writes.drill.ts has them all. These are: before the order is noted, after it is, and before the certificate is in place.
for (const count of [6, 7, 8]) {
  test(`a run that is killed at its ${count}th write is continued by the next`, withStrace, async () => {
    assert.ok(await killAndContinue({ call: 'rename', count }));
  });
}
