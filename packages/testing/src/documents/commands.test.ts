// Every command in the documents is run by a test: each section with commands has a proof, and each proof a section.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../run/test-files.ts';
import { proofs } from './command-proofs.ts';
import { codeOf, pagePaths, readPage } from './pages.ts';

/** Headings of a page's sections that have lines to type: indented code that begins with the name of a program. */
function sectionsOf(page: string): string[] {
  const parts = readPage(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split(/^#{1,3} /m);
  const isTyped = (part: string) => /^ {4}(?:[A-Z_]+=\S+ )?(?:[a-z][\w./-]* \S|\S+\.sh\b)/m.test(part);
  return parts.filter(isTyped).map((part) => part.slice(0, part.indexOf('\n')));
}

/** Generated from the descriptions that a test reads (cli/src/documents.test.ts); for contributors (npm scripts, below). */
const others = (page: string) => /^docs\/reference\/freehold|^CONTRIBUTING\.md$|^docs\/tutorial\//.test(page);

test('Every section with commands has a test, and every test in the list has its section.', () => {
  const found = pagePaths
    .filter((page) => !others(page))
    .flatMap((page) => sectionsOf(page).map((section) => `${page}: ${section}`));
  const listed = Object.entries(proofs).flatMap(([page, sections]) =>
    Object.keys(sections).map((section) => `${page}: ${section}`),
  );
  assert.deepEqual(listed.sort(), found.sort());
});

for (const [page, sections] of Object.entries(proofs))
  test(`The tests of the commands in ${page} contain them.`, () => {
    for (const [section, { file, contains = section }] of Object.entries(sections)) {
      const path = join(root, 'packages', file);
      assert.ok(existsSync(path), `${section}: ${file}`);
      const text = readFileSync(path, 'utf8').replaceAll("\\'", "'");
      assert.ok(text.includes(contains), `${section}: '${contains}' is not in ${file}`);
    }
  });

test('Every script of npm that the documents call exists.', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const called = pagePaths.flatMap((page) =>
    codeOf(readPage(page)).flatMap((code) => /^npm run ([\w-]+)(?!.*--workspace)/.exec(code)?.[1] ?? []),
  );
  assert.deepEqual(
    called.filter((name) => scripts[name] === undefined),
    [],
  );
  assert.ok(called.length > 4, `${called.length} calls`);
});
