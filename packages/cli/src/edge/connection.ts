// One connection to a server for the many calls of a protocol: its first session is held for as long as the run lasts, and
// the others go through it (ControlMaster of ssh_config(5)).
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { Environment } from '@freehold/core/settings';
import { sshArguments, sshCommand } from './ssh.ts';

export interface ConnectionOptions {
  readonly server: string;
  /** Where the socket of the shared connection is: of makeConnectionFolder. */
  readonly folder: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Gets each line that the server prints for the operator. */
  readonly report: (line: string) => void;
  /** A port here that leads to one there, as in '127.0.0.1:20001:127.0.0.1:2379'. */
  readonly forward?: string;
}

/**
 * Runs a command to its end and gives what it printed.
 *
 * @param step what the message calls it if it fails.
 */
export async function askServer(
  options: ConnectionOptions,
  words: readonly string[],
  step = stepOf(words),
): Promise<string> {
  const { code, output } = await callServer(options, words);
  if (code === 0) return output;
  throw failureOf(options.server, step, code);
}

/** What becomes of a command there. */
export interface Answer {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a command to its end, whatever its exit code is. With `onLine`, what it prints goes there line by line, and is not
 * kept. Its standard input is `input`, or empty.
 *
 * @throws FreeholdError if the server is not reached, or is lost.
 */
export async function callServer(
  options: ConnectionOptions,
  words: readonly string[],
  onLine?: (line: string) => void,
  input?: string,
): Promise<Answer> {
  const child = start(options, [], words, input === undefined ? 'ignore' : 'pipe');
  // It may end without reading it.
  child.stdin?.on('error', () => undefined).end(input);
  const stdout = child.stdout as Readable;
  if (onLine) createInterface({ input: stdout }).on('line', onLine);
  const [output, code] = await Promise.all([onLine ? '' : text(stdout), endOf(child)]);
  options.signal.throwIfAborted();
  if (isLost(code)) throw failureOf(options.server, stepOf(words), code);
  return { code, output };
}

/** The same, and what became of the program here. */
export interface Sent extends Answer {
  /** Its exit code; null if it was cut off. */
  readonly sent: number | null;
}

/**
 * Runs a program here, whose output is the input of a command there. `report` gets what either prints as an error.
 *
 * @param sender the program and its arguments.
 * @param isGood whether an exit code of the program means that it has sent what it should.
 * @throws FreeholdError if the program fails, or the server is not reached, or is lost.
 */
export async function sendToServer(
  options: ConnectionOptions,
  [program, ...args]: readonly [string, ...string[]],
  words: readonly string[],
  isGood: (code: number | null) => boolean = (code) => code === 0,
): Promise<Sent> {
  const { signal, report, server } = options;
  const taker = start(options, [], words, 'pipe');
  const sender = spawn(program, args, { stdio: ['ignore', taker.stdin, 'pipe'], signal });
  taker.stdin?.destroy();
  reportLines(sender.stderr, report);
  const [output, taken, sent] = await Promise.all([
    text(taker.stdout as Readable),
    endOf(taker),
    endOf(sender),
  ]);
  signal.throwIfAborted();
  if (isLost(taken)) throw failureOf(server, stepOf(words), taken);
  // A sender is cut off by a taker that fails.
  if (!isGood(sent) && taken === 0) throw new FreeholdError(`${program} failed here with exit code ${sent}.`);
  return { code: taken, output, sent };
}

/** Runs a command whose output goes into an open file; gives its exit code, or null if it was cut off. */
export async function receiveFromServer(
  options: ConnectionOptions,
  words: readonly string[],
  file: number,
): Promise<number | null> {
  const code = await endOf(start(options, [], words, 'ignore', file));
  options.signal.throwIfAborted();
  if (isLost(code)) options.report(whyLost(options.server));
  return code;
}

/** Runs a command whose standard input is an open file, and which prints to `onLine`; gives its exit code. */
export async function sendFileToServer(
  options: ConnectionOptions,
  file: number,
  words: readonly string[],
  onLine: (line: string) => void,
): Promise<number> {
  const child = start(options, [], words, file);
  createInterface({ input: child.stdout as Readable }).on('line', onLine);
  const code = await endOf(child);
  options.signal.throwIfAborted();
  if (isLost(code)) throw new FreeholdError(whyLost(options.server));
  return code;
}

/** Runs two commands at once: what the first prints is the input of the second. */
export async function pipeServers(
  [source, target]: readonly [ConnectionOptions, ConnectionOptions],
  [sending, taking]: readonly [readonly string[], readonly string[]],
): Promise<void> {
  const taker = start(target, [], taking, 'pipe');
  const sender = start(source, [], sending, 'ignore', taker.stdin ?? undefined);
  // This process keeps no end of the pipe: it ends with the one that sends.
  taker.stdin?.destroy();
  taker.stdout?.resume();
  const [sent, taken] = await Promise.all([endOf(sender), endOf(taker)]);
  // A sender is cut off by a taker that fails.
  const isCutOff = isLost(sent) && taken !== 0 && !isLost(taken);
  if (sent !== 0 && !isCutOff) throw failureOf(source.server, stepOf(sending), sent);
  if (taken !== 0) throw failureOf(target.server, stepOf(taking), taken);
}

/** Its exit code; null if a signal ended it, or it could not be started. */
export function endOf(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on('close', resolve).on('error', () => {
    if (child.pid === undefined) resolve(null);
  });
  return promise;
}

/** Starts a command on the server. */
export function start(
  { server, folder, env, signal, report, forward }: ConnectionOptions,
  options: readonly string[],
  words: readonly string[],
  input: number | 'pipe' | 'ignore',
  output: Writable | number | 'pipe' = 'pipe',
): ChildProcess {
  // With ControlPersist= of the user's configuration, ssh would live on after the run, without a way to reach it.
  const shared = ['-o', `ControlPath=${folder}/%C`, '-o', 'ControlPersist=no', ...options];
  if (forward !== undefined) shared.push('-o', 'ExitOnForwardFailure=yes', '-L', forward);
  const child = spawn('ssh', [...sshArguments(env, shared), server, sshCommand(words)], {
    stdio: [input, output, 'pipe'],
    env: { ...process.env, ...env },
    signal,
  });
  // Nothing more is read of a run that is interrupted; other processes with these pipes may live on.
  const drop = () => [child.stdin, child.stdout, child.stderr].map((stream) => stream?.destroy());
  signal.addEventListener('abort', drop, { once: true });
  child.once('close', () => signal.removeEventListener('abort', drop));
  reportLines(child.stderr, report);
  return child;
}

function reportLines(stream: Readable | null, report: (line: string) => void): void {
  if (!stream) return;
  createInterface({ input: stream }).on('line', (line) => report(visible(line.replaceAll('\t', '    '))));
}

const isLost = (code: number | null): code is null | 255 => code === 255 || code === null;

/** Of a script and a domain, what follows them. */
export const stepOf = (words: readonly string[]) => words.slice(2).join(' ');

export function failureOf(server: string, step: string, code: number | null): FreeholdError {
  if (isLost(code)) return new FreeholdError(whyLost(server));
  return new FreeholdError(`${server}: '${step}' failed with exit code ${code}; the reason is above.`);
}

/** Where ssh itself failed, and has printed why. */
export function whyLost(server: string): string {
  return `Cannot reach ${server}, or its connection was lost; ssh's reason is above. If its host key is unknown, compare it with the one in the server's console, then run 'ssh ${server}' once.`;
}
