import { type CommandSpec, type Group, optionsOf } from './command.ts';

interface Tree {
  readonly groups: readonly Group[];
  readonly commands: readonly CommandSpec[];
}

/** The line after 'Usage:', as in 'freehold site show DOMAIN [OPTION…]'. */
export function usageOf(spec: CommandSpec): string {
  const args = (spec.args ?? []).map(({ name, optional, many }) => {
    const text = many ? `${name}…` : name;
    return optional ? `[${text}]` : text;
  });
  const options = optionsOf(spec).map(({ name, value }) => `[--${name}${value ? ` ${value}` : ''}]`);
  const words = spec.passesOn
    ? [...args.slice(0, -1), ...options, '--', ...args.slice(-1)]
    : [...args, ...options];
  return ['freehold', spec.path, ...words].join(' ');
}

/** The commands of a group, or those that belong to none. */
export function commandsOf(group: string | undefined, { commands }: Tree): readonly CommandSpec[] {
  return commands.filter(({ path }) => {
    const words = path.split(' ');
    return group === undefined ? words.length === 1 : words.length > 1 && words[0] === group;
  });
}

export function renderOverview(tree: Tree): string {
  const lines = ['Usage: freehold COMMAND …', '', 'Hosts many small web sites on one server or a few.'];
  lines.push('', ...pairs(commandsOf(undefined, tree).map(({ path, summary }) => [path, summary])));
  for (const { name, summary } of tree.groups) {
    lines.push('', `${summary}:`, ...pairs(commandsOf(name, tree).map((one) => [one.path, one.summary])));
  }
  lines.push(
    '',
    "'freehold COMMAND --help' explains a command, with examples. On a host, run freehold as root;",
    'on a control machine, select servers with --on SERVER[,SERVER…] or --on all.',
    'Exit codes: 0 success, 1 failure, 2 invalid arguments or settings.',
  );
  return lines.join('\n');
}

export function renderGroupHelp(group: Group, tree: Tree): string {
  return [
    `Usage: freehold ${group.name} COMMAND …`,
    '',
    `${group.summary}:`,
    ...pairs(commandsOf(group.name, tree).map(({ path, summary }) => [path, summary])),
    '',
    `'freehold ${group.name} COMMAND --help' explains a command, with examples.`,
  ].join('\n');
}

export function renderHelp(spec: CommandSpec): string {
  const { summary, description, args = [], examples } = spec;
  const lines = [...wrap(usageOf(spec), 'Usage: '), '', `${summary}.`];
  for (const paragraph of description?.split('\n\n') ?? []) lines.push('', ...wrap(paragraph));
  if (args.length > 0) lines.push('', 'Arguments:', ...pairs(args.map((one) => [one.name, one.meaning])));
  const options = optionsOf(spec).map(
    ({ name, value, meaning }) => [`--${name}${value ? ` ${value}` : ''}`, meaning] as const,
  );
  if (options.length > 0) lines.push('', 'Options:', ...pairs(options));
  lines.push('', examples.length === 1 ? 'Example:' : 'Examples:');
  for (const { command, meaning } of examples) lines.push(`  ${command}`, ...wrap(meaning, '      '));
  return lines.join('\n');
}

const width = 100;

/** Lines of at most 100 characters, the first after `first` and the others after as many spaces. */
function wrap(text: string, first = ''): string[] {
  const indent = first.length;
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(/\s+/)) {
    const isEmpty = line.trim() === '' || line === first;
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

/** Two columns, of which the second is wrapped. */
function pairs(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, meaning]) => wrap(meaning, `  ${name}`.padEnd(left)));
}
