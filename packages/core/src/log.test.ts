import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, formatLine } from './log.ts';

test('The journal gets a level before each line, a terminal does not.', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const journal = createLog(stream);
  journal.error('One.');
  journal.warning('Two.', { site: 'a.test', count: 2, missing: undefined });
  journal.notice('Three.');
  journal.info('Four.');
  createLog({ ...stream, isTTY: true }).info('Five.');
  assert.deepEqual(written, [
    '<3>One.\n',
    '<4>Two. site=a.test count=2\n',
    '<5>Three.\n',
    '<6>Four.\n',
    'Five.\n',
  ]);
});

test('Logged text can neither start a second line nor move the cursor.', () => {
  const line = formatLine('A\n<0>B\r\nC\u001b[2J\u0000\u0085D\u202eE', { key: 'x\n<3>y' });
  assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  assert.match(line, /^A <0>B C \[2J D E key="x\\n<3>y"$/);
});

test('A value with spaces, quotes or an equals sign is quoted.', () => {
  assert.equal(
    formatLine('S.', { a: 'b c', d: 'e"f', g: 'h=i', j: '' }),
    'S. a="b c" d="e\\"f" g="h=i" j=""',
  );
});

test('Credentials in a URL are masked, even if the password contains an @ or a slash.', () => {
  const cases: [string, string][] = [
    ['https://user:secret@example.com/x', 'https://***@example.com/x'],
    ['https://token@example.com', 'https://***@example.com'],
    ['ssh://git@example.com/a ftp://u:p@b', 'ssh://***@example.com/a ftp://***@b'],
    ['https://user:p@ss@example.com/x', 'https://***@example.com/x'],
    ['git+ssh://u:secret@h/x', 'git+ssh://***@h/x'],
    ['https://user:se/cr?e#t@example.com/x', 'https://***@example.com/x'],
    ['https://token/x@example.com/y', 'https://***@example.com/y'],
    ['https://example.com/name and a@b.test', 'https://example.com/name and a@b.test'],
  ];
  for (const [text, masked] of cases) assert.equal(formatLine(text), masked);
  assert.equal(formatLine('S.', { url: 'https://u:secret@h/' }), 'S. url=https://***@h/');
});
