import { test } from 'node:test';
import { visitDuringPulls } from './visitor-under-test.ts';

test('Over a few pulls in a row a visitor never finds a mixture of two commits, nor a missing file.', () =>
  visitDuringPulls(8));
