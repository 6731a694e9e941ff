// For run-file.test.ts: tests that fail, are skipped and pass. No pattern for test files matches its name.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

suite('a suite', () => {
  test('a test that fails', (context) => {
    context.diagnostic('a note');
    process.stdout.write('an output');
    assert.equal(1, 2);
  });
});
test('a test that is skipped', { skip: 'a reason' }, () => undefined);
test('a test that passes', () => undefined);
