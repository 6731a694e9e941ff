// import is killed at each of its steps. kill.test.ts does so at a few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { archiveCases } from './kill-archive-under-test.ts';
import { completeWordpressCase } from './kill-complete-wordpress-under-test.ts';
import { uploadCases } from './kill-upload-under-test.ts';

import { wordpressCase } from './kill-wordpress-under-test.ts';

for (const { title, skip, minimum, kill } of [
  ...uploadCases,
  ...archiveCases,
  wordpressCase,
  completeWordpressCase,
]) {
  test(`${title}, wherever import is killed (each of its steps).`, {
    skip: withStrace.skip || (skip ?? false),
  }, async () => {
    const steps = await kill((steps) => steps);
    assert.ok(steps >= minimum, `${steps} steps`);
  });
}
