import type { App } from './apps/app.ts';

const indent = 2;
const width = 98;

/** For the help: what each app needs, and what happens without data, in lines of at most 98 characters. */
export function describeApps(apps: readonly App[]): string {
  const column = Math.max(...apps.map(({ name }) => name.length)) + 2 + indent;
  return apps
    .map((app) => {
      const lines = wrap(describe(app), width - column);
      return `${' '.repeat(indent)}${app.name}`.padEnd(column) + lines.join(`\n${' '.repeat(column)}`);
    })
    .join('\n');
}

function describe({ needs, initial, note }: App): string {
  const path = needs.path.join('/');
  const need = needs.kind === 'folder' ? `a file in ${path}` : path;
  const nothing = 'what' in initial ? `; without it, ${initial.what} is created` : ', which you write';
  return [`${need}${nothing}.`, ...(note ? [note] : [])].join(' ');
}

function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length > columns) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
