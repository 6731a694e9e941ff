import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns, visible } from './print-lines.ts';

test('characters that a terminal would interpret are escaped, and all others are printed as they are', () => {
  const line = '/mail/a.test/\u001b]0;title\u0007\u009b2J\r\n\u202egro.\u2028 is skipped: ü € "x"';
  assert.equal(
    visible(line),
    String.raw`/mail/a.test/\u001b]0;title\u0007\u009b2J\u000d\u000a\u202egro.\u2028 is skipped: ü € "x"`,
  );
});

test('columns are as wide as their widest cell', () => {
  assert.deepEqual(
    columns([
      ['A', 'B'],
      ['long', 'x'],
    ]),
    ['A     B', 'long  x'],
  );
});
