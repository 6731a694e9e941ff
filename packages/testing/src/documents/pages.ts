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
