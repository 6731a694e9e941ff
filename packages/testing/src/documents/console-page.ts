// A page of the tutorial: what its reader types on which machine, and the output that the page shows.

/** The machines of the tutorial, as its prompts call them. */
export type Machine = 'laptop' | 'h1' | 'h2';

export interface Step {
  /** The heading above it. */
  readonly section: string;
  readonly machine: Machine;
  readonly command: string;
  /** The lines that the page shows below the command; `…` stands for any text, alone on a line for any lines. */
  readonly output: readonly string[];
}

/** The steps of a page's ```console blocks, in the page's order. */
export function stepsOf(page: string): Step[] {
  return page.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    const blocks = [...part.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    return blocks.flatMap((block) => stepsOfBlock(section, block));
  });
}

function stepsOfBlock(section: string, block: string): Step[] {
  return block
    .split(/^(?=(?:laptop\$|h1#|h2#) )/m)
    .filter((text) => text !== '')
    .map((text) => {
      const [first = '', ...output] = text.trimEnd().split('\n');
      const [, machine, command = ''] = /^(laptop|h1|h2)[$#] (.+)$/.exec(first) ?? [];
      if (machine === undefined) throw new Error(`No prompt before '${first}' in the section '${section}'`);
      return { section, machine: machine as Machine, command, output };
    });
}

/** What the shown lines allow: numbers may be others, and so may the width of gaps in tables. */
export function patternOf(output: readonly string[]): RegExp {
  const lines = output.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${patternOfLine(line)}\\n`));
  return new RegExp(`^${lines.join('')}$`);
}

const patternOfLine = (line: string) =>
  line
    .trimEnd()
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/ +/g, ' +')
    .replace(/\d+/g, '\\d+')
    .replaceAll('…', '.*');
