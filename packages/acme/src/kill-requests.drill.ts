import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { killAtEach } from './kill-under-test.ts';

test('a run that is killed before any of its requests is continued by the next', withStrace, () =>
  killAtEach('connect'),
);
