import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagePaths, readPage, wordsOf } from './pages.ts';

/** Five minutes at 240 words a minute. */
const limit = 1200;

test('No page takes longer than five minutes to read.', () => {
  const long = pagePaths
    .filter((path) => path === 'README.md' || path.startsWith('docs/'))
    .map((path) => ({ path, words: wordsOf(readPage(path)) }))
    .filter(({ words }) => words > limit);
  assert.deepEqual(long, []);
});

test('Code blocks and the targets of links are not counted as words.', () => {
  assert.equal(
    wordsOf('One [two three](four.md).\n\n    five six\n\n```\nseven\n```\n\n| `eight` | |\n|---|---|\n'),
    4,
  );
});
