// Parses the command line with commander, by the descriptions of the commands.
import { FreeholdError } from '@freehold/core/error';
import { Command, CommanderError, Option } from 'commander';
import { type CommandSpec, type Group, optionsOf } from './command.ts';
import { renderGroupHelp, renderHelp, renderOverview } from './help.ts';

/** What the command line says: a command with its words, or a text to print. */
export type Parsed =
  | {
      readonly spec: CommandSpec;
      readonly args: readonly string[];
      readonly options: Record<string, string | boolean | undefined>;
    }
  | { readonly help: string };

interface Tree {
  readonly groups: readonly Group[];
  readonly commands: readonly CommandSpec[];
}

/** @throws FreeholdError `usage`, with the help to look at. */
export function parseCommandLine(argv: readonly string[], tree: Tree): Parsed {
  const asked = helpFor(argv, tree);
  if (asked !== undefined) return { help: asked };
  const { own, passed } = splitPassed(argv, tree);
  let parsed: Parsed = { help: renderOverview(tree) };
  const program = addAll(tree, (spec, command) => {
    parsed = { spec, args: [...command.args, ...passed], options: command.opts() };
  });
  try {
    program.parse(own, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new FreeholdError(error.message, { code: 'usage' });
    throw error;
  }
  return parsed;
}

/** Of a command that runs another one, the words from -- on are none of ours. */
function splitPassed(
  argv: readonly string[],
  { commands }: Tree,
): { own: readonly string[]; passed: readonly string[] } {
  const spec = commands.find((one) => one.passesOn && startsWith(argv, one.path.split(' ')));
  if (!spec) return { own: argv, passed: [] };
  const end = argv.indexOf('--');
  if (end < 0 || end === argv.length - 1) {
    throw new FreeholdError(`Missing argument: COMMAND, after --. See 'freehold ${spec.path} --help'.`, {
      code: 'usage',
    });
  }
  return { own: argv.slice(0, end), passed: argv.slice(end) };
}

/** `freehold`, `freehold site`, `freehold help site list`, and --help before any `--`. */
function helpFor(argv: readonly string[], tree: Tree): string | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const wanted = own[0] === 'help' || own.some((word) => word === '--help' || word === '-h');
  const words = own.filter((word) => !word.startsWith('-') && word !== 'help');
  const spec = tree.commands.find(({ path }) => startsWith(words, path.split(' ')));
  const group = tree.groups.find(({ name }) => name === words[0]);
  if (words.length === 0 && (wanted || own.length === 0)) return renderOverview(tree);
  if (wanted && spec) return renderHelp(spec);
  if (group && (wanted || own.length === 1) && !spec && words.length === 1)
    return renderGroupHelp(group, tree);
  return undefined;
}

function startsWith(words: readonly string[], path: readonly string[]): boolean {
  return path.every((word, index) => words[index] === word);
}

function addAll(tree: Tree, done: (spec: CommandSpec, command: Command) => void): Command {
  const program = prepare(new Command('freehold'), 'freehold');
  const groups = new Map<string, Command>();
  for (const { name } of tree.groups) groups.set(name, prepare(program.command(name), `freehold ${name}`));
  for (const spec of tree.commands) {
    const words = spec.path.split(' ');
    const parent = words.length > 1 ? groups.get(words[0] ?? '') : program;
    const command = prepare((parent ?? program).command(words.at(-1) ?? ''), `freehold ${spec.path}`);
    fill(command, spec);
    command.action(() => done(spec, command));
  }
  return program;
}

/** commander neither prints nor exits: its errors are thrown, in the words of this project. */
function prepare(command: Command, title: string): Command {
  const nothing = () => undefined;
  return command
    .helpOption(false)
    .helpCommand(false)
    .configureOutput({ writeOut: nothing, writeErr: nothing })
    .exitOverride((error) => {
      throw new CommanderError(2, error.code, `${sentenceOf(error, command)} See '${title} --help'.`);
    });
}

function fill(command: Command, spec: CommandSpec): void {
  const args = spec.args ?? [];
  for (const { name, optional, many } of spec.passesOn ? args.slice(0, -1) : args) {
    const text = many ? `${name}...` : name;
    command.argument(optional ? `[${text}]` : `<${text}>`);
  }
  for (const { name, value } of optionsOf(spec)) {
    command.addOption(new Option(value ? `--${name} <${value}>` : `--${name}`));
  }
}

/** An error of commander as a sentence with a capital letter. */
function sentenceOf({ code, message }: CommanderError, command: Command): string {
  const [first = '', hint] = message.replace(/^error: /, '').split('\n');
  const quoted = /'([^']*)'/.exec(first)?.[1] ?? '';
  const also = hint ? ` ${hint.replace(/^\(|\)$/g, '')}` : '';
  switch (code) {
    case 'commander.missingArgument':
      return `Missing argument: ${quoted}.`;
    case 'commander.excessArguments':
      return `Unexpected argument '${command.args[command.registeredArguments.length] ?? ''}'.`;
    case 'commander.optionMissingArgument':
      return `Missing value: ${quoted}.`;
    case 'commander.unknownOption':
      return `Unknown option '${quoted}'.${also}`;
    case 'commander.unknownCommand':
      return `Unknown command '${quoted}'.${also}`;
    case 'commander.help':
      return 'Missing command.';
    default:
      return `${first.charAt(0).toUpperCase()}${first.slice(1)}.${also}`;
  }
}
