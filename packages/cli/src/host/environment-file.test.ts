import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeclaration } from './declarations.ts';
import { formatEnvironmentFile, parseEnvironmentFile } from './environment-file.ts';

test('comments and other lines are no settings, quotes are removed, and the last line of a key counts', () => {
  const text = '# A=0\n;A=0\nA=1\nB="two words"\nC=\n A=2 \nnonsense\nD=\'x\'\nE="\n';
  assert.deepEqual(parseEnvironmentFile(text), { A: '2', B: 'two words', C: '', D: 'x', E: '"' });
});

test('a state file is read as it was written', () => {
  const values = new Map([
    ['A', '1'],
    ['B', '256m'],
  ]);
  assert.deepEqual(parseEnvironmentFile(formatEnvironmentFile(values)), Object.fromEntries(values));
});

test("an app's declaration has words for each key, also in several lines", () => {
  const found = parseDeclaration('# WordPress\nImages=wordpress mysql\nTest=a b\nTest=c\n');
  assert.deepEqual(
    [...found],
    [
      ['Images', ['wordpress', 'mysql']],
      ['Test', ['a', 'b', 'c']],
    ],
  );
});
