// The manual page, in the macros of man(7).
import { type CommandSpec, type Group, optionsOf } from './command.ts';
import { commandsOf, usageOf } from './help.ts';

interface Tree {
  readonly groups: readonly Group[];
  readonly commands: readonly CommandSpec[];
}

export function renderManPage(tree: Tree): string {
  const groups = tree.groups.map(({ name, summary }) => ({ summary, specs: commandsOf(name, tree) }));
  return `${[
    `.\\" Written by 'npm run documents --workspace packages/cli'.`,
    '.TH FREEHOLD 1',
    '.SH NAME',
    'freehold \\- many small web sites on one server or a few',
    '.SH SYNOPSIS',
    '.B freehold',
    '.I COMMAND',
    '\\&...',
    '.SH DESCRIPTION',
    ...text(
      "On a host, run freehold as root. On a control machine, --on SERVER[,SERVER…] or --on all runs a command on servers over ssh. 'freehold COMMAND --help' explains a command.",
    ),
    '.SH COMMANDS',
    ...commandsOf(undefined, tree).flatMap(commandLines),
    ...groups.flatMap(({ summary, specs }) => [`.SS ${roff(summary)}`, ...specs.flatMap(commandLines)]),
    '.SH EXIT STATUS',
    ...text(
      '0 success, 1 failure (the last line states what failed and why), 2 invalid arguments or settings.',
    ),
    '.SH FILES',
    ...term('/etc/freehold/host.env', "the host's settings"),
    ...term('~/.config/freehold/servers', 'the servers of --on all, one per line'),
    '.SH ENVIRONMENT',
    ...term('FREEHOLD_SERVERS', 'another file instead of ~/.config/freehold/servers'),
    ...term('FREEHOLD_AT_ONCE', 'the number of servers to work on at once (10)'),
    ...term('FREEHOLD_SSH_OPTIONS', 'further options for ssh; they cannot turn off the check of host keys'),
  ].join('\n')}\n`;
}

function commandLines(spec: CommandSpec): string[] {
  const { summary, description, args = [], examples } = spec;
  return [
    '.TP',
    `.B ${roff(usageOf(spec))}`,
    ...text(`${summary}.${description ? ` ${description}` : ''}`),
    '.RS',
    ...args.flatMap(({ name, meaning }) => term(name, meaning)),
    ...optionsOf(spec).flatMap(({ name, value, meaning }) =>
      term(`--${name}${value ? ` ${value}` : ''}`, meaning),
    ),
    ...examples.flatMap(({ command, meaning }) => [
      '.PP',
      ...text(`${meaning}:`),
      '.br',
      `.B ${roff(command)}`,
    ]),
    '.RE',
  ];
}

function term(name: string, meaning: string): string[] {
  return ['.TP', `.B ${roff(name)}`, ...text(meaning)];
}

function text(sentences: string): string[] {
  return [roff(sentences)];
}

/** Backslashes and hyphens have a meaning for roff, and so have dots and quotes at the start of a line. */
function roff(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\&...')
    .replace(/^(?=[.'])/, '\\&');
}
