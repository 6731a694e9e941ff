import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns, visible } from './print-lines.ts';

test('what a terminal would obey is written as its number, and all the rest as it is', () => {
  const line = '/mail/a.test/\u001b]0;title\u0007\u009b2J\r\n\u202egro.\u2028 is left out: ü € "x"';
  assert.equal(
    visible(line),
    String.raw`/mail/a.test/\u001b]0;title\u0007\u009b2J\u000d\u000a\u202egro.\u2028 is left out: ü € "x"`,
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
