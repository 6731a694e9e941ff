import { createInterface } from 'node:readline/promises';
import { FreeholdError } from '@freehold/core/error';
import { printLines } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import { withAsciiDomains } from './ascii-domains.ts';
import { combine } from './combine.ts';
import { asksOf, type Call, type CommandSpec, type Read, type Row, type Script } from './command.ts';
import { commands, groups } from './commands/all.ts';
import { complete } from './complete.ts';
import { becomeScript, formatScriptCall, scriptsFolder } from './edge/scripts.ts';
import { type Answer, changeOnServers, codeOf, readOnServers, serverField } from './on-servers.ts';
import { parseCommandLine } from './parse.ts';
import { checkServer } from './servers.ts';
import { jsonOf, tableOf } from './table.ts';

const tree = { groups, commands };

export async function run({ argv, env, log, signal }: Program): Promise<void> {
  // What the completion of a shell calls; no command for a person.
  if (argv[0] === 'complete') return print(await complete(argv.slice(1), tree, env));
  const parsed = parseCommandLine(argv, tree);
  if ('help' in parsed) return print([parsed.help]);
  const { spec, options } = parsed;
  const args = withAsciiDomains(spec, parsed.args);
  const call: Call = { args, options, env, log, signal };
  checkOn(spec, call);
  const { does } = spec;
  if ('read' in does) return runRead(spec, does.read, call);
  if (!options.dryRun && !options.yes) await confirm(asksOf(spec)?.(call));
  if ('script' in does) return runScript(spec, does.script, call);
  return options.on === undefined || does.reaches
    ? does.change(call)
    : changeOnServers(spec, withConsent(spec, call));
}

/** @throws FreeholdError `usage` for options that cannot be combined with --on, or for several servers where only one is allowed. */
function checkOn(spec: CommandSpec, { args, options }: Call): void {
  const { on } = options;
  if (typeof on !== 'string') return;
  const wrong = (spec.options ?? []).find(({ name, onlyHere }) => onlyHere && options[name] !== undefined);
  if (wrong) throw new FreeholdError(`--${wrong.name} cannot be combined with --on.`, { code: 'usage' });
  const here = args.find((word) => spec.args?.some(({ isOnlyHere }) => isOnlyHere?.(word)));
  if (here !== undefined) {
    throw new FreeholdError(
      `'${here}' is a file on this machine, which cannot be combined with --on. See 'freehold ${spec.path} --help'.`,
      { code: 'usage' },
    );
  }
  if (spec.on !== 'one') return;
  if (on === 'all')
    throw new FreeholdError(`'freehold ${spec.path}' works on one server at a time.`, { code: 'usage' });
  checkServer(on);
}

async function runRead(spec: CommandSpec, read: Read, call: Call): Promise<void> {
  const { log, options } = call;
  if (options.on === undefined) {
    const rows = await read.read(call);
    show(read, rows, call);
    const fault = read.fault?.(rows);
    if (fault !== undefined) throw new FreeholdError(fault);
    return;
  }
  const answers = await readOnServers(spec, call);
  const faults = [...showCombined(read, answers, call), ...answers.flatMap(({ fault }) => fault ?? [])];
  const last = faults.pop();
  for (const fault of faults) log.error(fault);
  if (last !== undefined) throw new FreeholdError(last, { code: codeOf(answers.map(({ code }) => code)) });
}

function show(read: Read, rows: readonly Row[], { options }: Call): void {
  const { fields, single = false } = read;
  if (options.json) print([jsonOf(fields, rows, single)]);
  else printLines(read.print?.(rows) ?? tableOf(fields, rows));
}

/** Prints what several servers answered, and returns why some of it cannot be printed. */
function showCombined(read: Read, answers: readonly Answer[], { options }: Call): readonly string[] {
  if (options.json) {
    const rows = answers.flatMap((answer) => answer.rows);
    print([jsonOf([serverField, ...read.fields], rows, false)]);
    return [];
  }
  const { lines, faults } = combine(read, answers);
  printLines(lines);
  return faults;
}

async function runScript(spec: CommandSpec, script: Script, call: Call): Promise<void> {
  const { options, env, signal } = call;
  if (options.on !== undefined && !script.reaches) return changeOnServers(spec, withConsent(spec, call));
  const mapped = await script.map(call);
  if (options.dryRun) return print([`Would run: ${formatScriptCall(mapped, scriptsFolder(env))}`]);
  return becomeScript(mapped, { env, signal });
}

/** A question that was answered here is not asked again there. */
function withConsent(spec: CommandSpec, call: Call): Call {
  return asksOf(spec) ? { ...call, options: { ...call.options, yes: true } } : call;
}

/** @throws FreeholdError unless the person at the terminal says yes. */
async function confirm(question: string | undefined): Promise<void> {
  if (question === undefined) return;
  if (!process.stdin.isTTY) {
    throw new FreeholdError(`${question} There is no terminal for the question. Confirm with --yes.`, {
      code: 'usage',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new FreeholdError('Nothing was changed.');
  } finally {
    terminal.close();
  }
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}
