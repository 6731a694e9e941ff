import { test } from 'node:test';
import { visitDuringPulls } from './visitor-under-test.ts';

test('Over 50 pulls in a row a visitor never finds a mixture of two commits, nor a missing file.', () =>
  visitDuringPulls(50));
