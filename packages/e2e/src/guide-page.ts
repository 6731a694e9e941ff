// What a page of docs tells its reader to type, as it stands there.
import assert from 'node:assert/strict';

export interface Told {
  readonly section: string;
  /** The whole line, with the comment behind it if there is one. */
  readonly line: string;
  /** The line without that comment, and its words one space apart. */
  readonly command: string;
}

/**
 * The commands of the indented code blocks (4 spaces) of a page's sections, in the page's order. Throws for a section that
 * the page does not have, or that has no command, so that a new title does not go by unnoticed.
 */
export function commandsOf(page: string, sections: readonly string[]): Told[] {
  const parts = page.split(/^##? /m).slice(1);
  for (const section of sections) {
    const part = parts.find((text) => text.startsWith(`${section}\n`));
    assert.ok(part !== undefined, `The page has no section '${section}'.`);
    assert.ok(linesOf(part).length > 0, `The section '${section}' has no command.`);
  }
  return parts.flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    return sections.includes(section)
      ? linesOf(part).map((line) => ({ section, line, command: withoutComment(line) }))
      : [];
  });
}

/** The rows of a section's table, without its heading; `\\|` in a cell is a `|`. */
export function rowsOf(page: string, section: string): string[][] {
  const part = page.split(/^##? /m).find((text) => text.startsWith(`${section}\n`)) ?? '';
  const rows = [...part.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => cellsOf(row));
  assert.ok(rows.length > 1, `The page has no section '${section}' with a table.`);
  return rows.slice(1);
}

const cellsOf = (row: string) => row.split(' | ').map((cell) => cell.replaceAll('\\|', '|'));

function linesOf(part: string): string[] {
  return [...part.matchAll(/^ {4}(.+)$/gm)]
    .map(([, line = '']) => line.trim())
    .filter((line) => !line.startsWith('#'));
}

// No command of the guide has a # with a space before it in quotes; bash gets the whole line anyway.
const withoutComment = (line: string) => line.replace(/\s+#\s.*$/, '').replace(/\s+/g, ' ');
