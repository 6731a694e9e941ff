// Extracts the prose from a file: the text of a document, or the comments and strings of a program.
import { parse } from '@textlint/markdown-to-ast';
import jsTokens from 'js-tokens';

/** A part of a text: its offset and content. */
export interface Part {
  readonly index: number;
  readonly text: string;
}

/** Returns the prose in a file, by the kind of its name; undefined for a file without prose. */
export function prosePartsOf(path: string, text: string): Part[] | undefined {
  if (path.endsWith('.md')) return partsOfMarkdown(text);
  if (/\.(?:ts|mjs|c|php)$/.test(path)) return withoutCode(partsOfCode(text));
  if (/\.(?:sh|awk)$|^scripts\/(?:freehold|command\/)/.test(path)) return withoutCode(partsOfShell(text));
  if (/\.(?:service|socket|path|timer|conf|cf|cnf|ini|ya?ml)$|Dockerfile$|^cloud-config$/.test(path))
    return withoutCode(partsOfShell(text));
  return undefined;
}

interface Node {
  readonly type: string;
  readonly raw: string;
  readonly range: readonly [number, number];
  readonly children?: readonly Node[];
}

/** All text outside of code, links' addresses and HTML (https://textlint.org/docs/txtnode). */
function partsOfMarkdown(text: string): Part[] {
  const collect = (node: Node): Part[] =>
    node.type === 'Str' ? [{ index: node.range[0], text: node.raw }] : (node.children ?? []).flatMap(collect);
  return collect(parse(text) as unknown as Node);
}

/** js-tokens also separates the comments and strings of C and PHP well enough for this purpose. */
function partsOfCode(text: string): Part[] {
  const parts: Part[] = [];
  let index = 0;
  for (const token of jsTokens(text)) {
    if (/Comment|String|Template/.test(token.type) && isProse(token))
      parts.push({ index, text: token.value });
    index += token.value.length;
  }
  return parts;
}

/** A string without a space is a name or a value. */
function isProse({ type, value }: { type: string; value: string }): boolean {
  return /Comment/.test(type) || /\s/.test(value.trim());
}

/** Comments from `#` to the end of the line, with the comments on the following lines, and quoted strings with a space. */
function partsOfShell(text: string): Part[] {
  const expression = /(?<=^|\s)#.*(?:\n[ \t]*#.*)*|"(?:[^"\\]|\\.)*"|(?<=^|[\s=(])'[^']*'|^Description=.*/gm;
  return [...text.matchAll(expression)]
    .map((match) => ({ index: match.index, text: match[0] }))
    .filter(({ text: value }) => /\s/.test(value));
}

/** Blanks out code between backticks and in `${…}`, keeping all offsets. */
function withoutCode(parts: readonly Part[]): Part[] {
  const blank = (match: string) => ' '.repeat(match.length);
  return parts.map(({ index, text }) => {
    const isTemplate = text.startsWith('`');
    const inner = isTemplate ? text : text.replace(/`[^`\n]*`/g, blank);
    return { index, text: inner.replace(/\$\{[^{}]*\}/g, blank) };
  });
}
