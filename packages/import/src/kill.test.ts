// import is killed at a few of its steps. kill.drill.ts does so at each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { archiveCases } from './kill-archive-under-test.ts';
import { completeWordpressCase } from './kill-complete-wordpress-under-test.ts';
import { spread } from './kill-under-test.ts';
import { uploadCases } from './kill-upload-under-test.ts';
import { wordpressCase } from './kill-wordpress-under-test.ts';

for (const { title, skip, minimum, kill } of [
  ...uploadCases,
  ...archiveCases,
  wordpressCase,
  completeWordpressCase,
]) {
  test(`${title}, wherever import is killed (a few of its steps).`, {
    skip: withStrace.skip || (skip ?? false),
  }, async () => {
    const steps = await kill(spread(3));
    assert.ok(steps >= minimum, `${steps} steps`);
  });
}
