import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { killAndContinue } from './kill-under-test.ts';

for (const call of ['rename', 'connect'] as const) {
  test(`a run that is killed at any ${call} is continued by the next`, withStrace, async () => {
    for (let count = 1; await killAndContinue({ call, count }); count++);
  });
}
