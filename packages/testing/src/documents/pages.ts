// The repository's Markdown pages, and the links and anchors in them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/test-files.ts';

/** Paths of all pages, relative to the repository. */
export const pagePaths: readonly string[] = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort();

/** A page's text; `path` is relative to the repository. */
export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');

const withoutCode = (text: string) =>
  text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));

/** How many words a page has, in prose and tables; code blocks, marks and links' targets do not count. */
export function wordsOf(text: string): number {
  const prose = text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/^( {4}|\t).*$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/\]\([^)]*\)/g, ']');
  return prose.split(/\s+/).filter((word) => /[\p{Letter}\p{Number}]/u.test(word)).length;
}

/** The code in a page: each line of its code blocks, and each span of code in its text. */
export function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const rest = text.replace(/^```[\s\S]*?^```$/gm, '');
  const indented = [...rest.matchAll(/^ {4,}(.+)$/gm)].map(([, line = '']) => line);
  const spans = [...rest.replace(/^ {4}.*$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...fenced, ...indented, ...spans].map((code) => code.replaceAll('\\|', '|').trim()).filter(Boolean);
}

/** The cells of all tables in a page, row by row, without the headings of columns. */
export function rowsOf(text: string): string[][] {
  return [...text.matchAll(/^\| (.+) \|$/gm)]
    .map(([, row = '']) => row.split(/ *(?<!\\)\| */).map((cell) => cell.replaceAll('\\|', '|')))
    .filter((cells) => !cells.every((cell) => /^-*$/.test(cell)));
}

/** The targets of a page's links, as they are written; links in code do not count. */
export function linksOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub makes of a page's headings. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const base = anchorOf(heading);
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** https://github.com/gjtorikian/html-pipeline: lower case, punctuation removed, each space a hyphen. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
    .replaceAll(' ', '-');
