// --on: the same command on servers, with one combined answer.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import { readSettings, wholeNumber } from '@freehold/core/settings';
import * as v from 'valibot';
import type { Call, CommandSpec, Field, Row, Value } from './command.ts';
import { eachAtOnce } from './each-at-once.ts';
import { readServers } from './edge/control-machine.ts';
import { runOnServer } from './edge/ssh.ts';

/** Where setup.sh installs the command: ssh's PATH may lack it. */
const command = '/usr/local/bin/freehold';

export const serverField: Field = {
  key: 'server',
  header: 'SERVER',
  type: 'text',
  meaning: 'the server, as given after --on; only with --on',
};

/** What one server answered: its rows, or why there are none. */
export interface Answer {
  readonly server: string;
  readonly rows: readonly Row[];
  readonly fault?: string;
  /** The exit code there, as of ssh: 255 where it was not reached. */
  readonly code: number;
}

/** One line of arguments for all servers: if all refuse it, so does this command, and none of them failed. */
export function codeOf(codes: readonly number[]): 'usage' | 'failed' {
  return codes.every((code) => code === 2) ? 'usage' : 'failed';
}

/** The words of a call, without --on and --json: what is run there. */
export function wordsThere(spec: CommandSpec, { args, options }: Call): string[] {
  const given = Object.entries(options).filter(([name]) => !['on', 'json'].includes(name));
  const words = given.flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [option];
    return typeof value === 'string' ? [`${option}=${value}`] : [];
  });
  return [...spec.path.split(' '), ...words, ...(args.length > 0 ? ['--', ...args] : [])];
}

/** Asks all servers at once for the JSON of a read. */
export async function readOnServers(spec: CommandSpec, call: Call): Promise<Answer[]> {
  const words = [command, ...wordsThere(spec, call)];
  words.splice(1 + spec.path.split(' ').length, 0, '--json');
  const { servers, limit } = await prepare(call);
  return eachAtOnce(servers, limit, async (server) => {
    const { env, log, signal } = call;
    const outcome = await runOnServer(server, words, { env, signal });
    // What it logs beside its answer. If it fails, the last line is the reason.
    const notes = outcome.code === 0 ? outcome.stderr.split('\n') : [];
    for (const note of notes.filter((line) => line.trim() !== '')) log.notice(`${server}: ${note}`);
    return readAnswer(server, outcome);
  });
}

/** Runs a change on all servers at once; each line that it prints has its server before it. */
export async function changeOnServers(spec: CommandSpec, call: Call): Promise<void> {
  const words = [command, ...wordsThere(spec, call)];
  const { servers, limit } = await prepare(call);
  const failed: string[] = [];
  const codes: number[] = [];
  await eachAtOnce(servers, limit, async (server) => {
    const printer = (stream: NodeJS.WriteStream) => (line: string) =>
      void stream.write(`${server}: ${visible(line)}\n`);
    const print = printer(process.stderr);
    const { env, signal } = call;
    const readers = { onLine: printer(process.stdout), onErrorLine: print };
    const { code } = await runOnServer(server, words, { env, signal, ...readers });
    codes.push(code);
    if (code === 0) return;
    failed.push(server);
    if (code === 255 || code === 127) print(explainCode(server, code, ''));
  });
  if (failed.length === 0) return;
  throw new FreeholdError(`Failed on ${failed.join(', ')}; the reasons are above.`, { code: codeOf(codes) });
}

async function prepare({ options, env }: Call): Promise<{ servers: string[]; limit: number }> {
  const { FREEHOLD_AT_ONCE: limit } = readSettings(
    { FREEHOLD_AT_ONCE: wholeNumber({ min: 1, max: 1000, preset: 10 }) },
    env,
  );
  return { servers: await readServers(String(options.on), env), limit };
}

const rowsThere = v.union([v.array(v.record(v.string(), v.unknown())), v.record(v.string(), v.unknown())]);

/** A read that finds problems, for example in certificates, ends with 1 and still has rows. */
export function readAnswer(
  server: string,
  outcome: { code: number; stdout: string; stderr: string },
): Answer {
  const { code, stdout, stderr } = outcome;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  if (code > 1 || stdout.trim() === '') {
    return { server, code, rows: [], fault: explainCode(server, code, last) };
  }
  try {
    const parsed = v.parse(rowsThere, JSON.parse(stdout));
    const rows = (Array.isArray(parsed) ? parsed : [parsed]) as Record<string, Value>[];
    // The name that a server reports for itself does not count.
    const answer = { server, code, rows: rows.map((row) => ({ ...row, server })) };
    return code === 0 ? answer : { ...answer, fault: last || explainCode(server, code, last) };
  } catch (error) {
    return {
      server,
      code,
      rows: [],
      fault: `${server} sent an answer that is not JSON: ${reasonOf(error)}`,
    };
  }
}

function explainCode(server: string, code: number, last: string): string {
  if (code === 255) {
    const hint = `Compare its host key with the one in the server's console, and run 'ssh ${server}' once.`;
    return `Cannot reach ${server}: ${last || "ssh's reason is above"}${/host key/i.test(last) ? ` ${hint}` : ''}`;
  }
  if (code === 127 || /freehold: (command )?not found/.test(last)) {
    return `${server} does not have the command freehold: its version is older, or it is not a host yet. Run 'freehold server deploy ${server}'.`;
  }
  return `${server}: ${last || `the command failed there with exit code ${code}`}`;
}
