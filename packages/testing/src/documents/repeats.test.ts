import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagePaths, readPage } from './pages.ts';

/** Shorter sentences may be the same on several pages. */
const leastWords = 9;

/** The sentences of a page outside of code blocks, without the targets of links. */
function sentencesOf(text: string): string[] {
  const prose = text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/\]\([^)]*\)/g, ']');
  return prose
    .split(/\n\s*\n|\n(?=[-|#\d])/)
    .flatMap((paragraph) => paragraph.split(/(?<!\\)\|/))
    .flatMap((cell) =>
      cell
        .replace(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.!?:;]) /),
    )
    .filter((sentence) => sentence.split(' ').length >= leastWords);
}

/** Each sentence that a text of `pages` shares with an earlier one, with both pages. */
function repeatsIn(pages: Readonly<Record<string, string>>): string[] {
  const first = new Map<string, string>();
  return Object.entries(pages).flatMap(([page, text]) =>
    sentencesOf(text).flatMap((sentence) => {
      const other = first.get(sentence);
      if (other === undefined) first.set(sentence, page);
      return other === undefined || other === page ? [] : [`${other} and ${page}: ${sentence}`];
    }),
  );
}

test('No page repeats a sentence of another one.', () => {
  // The reference of commands is generated, and describes common options at each command. The changelog is of its time.
  const pages = pagePaths.filter((page) => !/^docs\/reference\/freehold|^CHANGELOG/.test(page));
  assert.deepEqual(repeatsIn(Object.fromEntries(pages.map((page) => [page, readPage(page)]))), []);
});

test('A repeated sentence is noticed, in a paragraph and in a table.', () => {
  const sentence = 'This sentence of nine words is on both pages.';
  const pages = { 'a.md': `One. ${sentence} Two.\n`, 'b.md': `| x | ${sentence} |\n` };
  assert.deepEqual(repeatsIn(pages), [`a.md and b.md: ${sentence}`]);
});
