import { test } from 'node:test';
import { visitDuringPulls } from './visitor-under-test.ts';

test('Over a few pulls in a row a visitor never finds two commits in one look, nor a file missing.', () =>
  visitDuringPulls(8));
