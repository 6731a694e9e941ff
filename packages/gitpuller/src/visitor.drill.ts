import { test } from 'node:test';
import { visitDuringPulls } from './visitor-under-test.ts';

test('Over 50 pulls in a row a visitor never finds two commits in one look, nor a file missing.', () =>
  visitDuringPulls(50));
