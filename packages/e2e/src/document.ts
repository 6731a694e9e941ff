// What a page of docs/ tells the operator to type, so that a test runs just that.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A section of a page, of which a heading is the name. */
export interface Section {
  /** The block of commands that begins so, or has a line that does. */
  block(begin: string): string;
  /** The first command in a row of a table, or in a sentence, that has these words. */
  command(words: string): string;
}

/**
 * The section with a heading, of the first of some pages that has it. `values` replace the page's names, as in
 * `{ KEYS: '/tmp/keys' }`. Throws if no page has the section.
 */
export function readSection(
  pages: readonly string[],
  heading: string,
  values: Readonly<Record<string, string>>,
): Section {
  const docs = join(import.meta.dirname, '../../../docs');
  const own = pages
    .flatMap((page) => readFileSync(join(docs, page), 'utf8').split(/^#{2,3} /m))
    .find((part) => part.startsWith(`${heading}\n`));
  if (own === undefined) throw new Error(`No section '${heading}' in ${pages.join(', ')} of docs/`);
  const replace = (command: string) =>
    Object.entries(values).reduce((done, [name, value]) => done.replaceAll(name, value), command);
  const found = (what: string, command: string | undefined) => {
    if (command === undefined) throw new Error(`'${heading}' in ${pages.join(', ')} of docs/ has no ${what}`);
    return replace(command);
  };
  const blocks = own.match(/(^ {4}.*\n)+/gm) ?? [];
  return {
    block: (begin) =>
      found(
        `block with '${begin}'`,
        blocks.find((block) => block.split('\n').some((line) => line.trim().startsWith(begin))),
      ),
    command(words) {
      const line = own.split('\n').find((one) => one.includes(words));
      return found(`'${words}'`, line?.slice(line.indexOf(words)).match(/`([^`]+)`/)?.[1]);
    },
  };
}
