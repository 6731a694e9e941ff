import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWords } from './restore-host.ts';

test('the words of a control machine are read, in whatever order', () => {
  const { request, evenSo } = parseWords(['a.test', '--elsewhere', 'b.test=h2.test', '--even-so', 'b.test']);
  assert.deepEqual(request, { domains: ['a.test', 'b.test'], elsewhere: new Map([['b.test', 'h2.test']]) });
  assert.equal(evenSo, true);
  assert.deepEqual(parseWords([]), { request: { domains: [], elsewhere: new Map() }, evenSo: false });
});

test('other words are refused', () => {
  for (const [words, reason] of [
    [['--elsewhere'], /'--elsewhere' requires a value/],
    [['--elsewhere', 'a.test='], /'--elsewhere' requires a value/],
    [['--elsewhere', '../x=h2'], /is not a domain name/],
    [['--dry-run'], /Unknown option '--dry-run'/],
    [['A.test'], /is not in the form that units and folders use/],
  ] as const)
    assert.throws(() => parseWords(words), reason);
});
