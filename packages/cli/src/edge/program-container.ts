// Runs a program of freehold once, in a container of its own.
import { FreeholdError } from '@freehold/core/error';
import { hostFile } from './host.ts';
import { runProgram } from './run-program.ts';

export interface ContainerCall {
  /** As in 'postfix-config'. */
  readonly program: string;
  readonly args: readonly string[];
  /** Further options of docker, such as '--network host'. */
  readonly options: readonly string[];
  /** As in '/data/acme:/data/acme'. */
  readonly volumes: readonly string[];
  readonly signal: AbortSignal;
}

const common = [
  ...['--rm', '--log-driver', 'none', '--read-only', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges', '--pull', 'never', '--env-file', hostFile],
];

/** The words of docker. */
export function containerWords({ program, args, options, volumes }: Omit<ContainerCall, 'signal'>): string[] {
  const mounts = volumes.flatMap((volume) => ['--volume', volume]);
  return ['run', ...common, ...options, ...mounts, `freehold/${program}`, ...args];
}

/**
 * Runs it with its output on that of this process.
 *
 * @throws FreeholdError with the program's last sentence and its exit code, if it fails.
 */
export async function passProgram(call: ContainerCall): Promise<void> {
  let last: string | undefined;
  const { code } = await runProgram('docker', containerWords(call), {
    signal: call.signal,
    onLine: (line) => void process.stdout.write(`${line}\n`),
    onErrorLine: (line) => {
      if (line.trim() === '' || isPointer(line)) return;
      if (last !== undefined) process.stderr.write(`${last}\n`);
      last = withoutPriority(line);
    },
  });
  if (code !== 0) throw failureOf(call.program, code, last);
  if (last !== undefined) process.stderr.write(`${last}\n`);
}

/**
 * Runs it and gives what it printed.
 *
 * @throws FreeholdError with the program's last sentence and its exit code, if it fails.
 */
export async function outputOfProgram(call: ContainerCall): Promise<string> {
  const { code, stdout, stderr } = await runProgram('docker', containerWords(call), { signal: call.signal });
  if (code === 0) return stdout;
  throw failureOf(call.program, code, reasonIn(stderr));
}

function failureOf(program: string, code: number, reason: string | undefined): FreeholdError {
  return new FreeholdError(reason ?? `The program ${program} ended with exit code ${code}.`, {
    code: code === 2 ? 'usage' : 'failed',
  });
}

/** The last sentence of a program or docker. */
export function reasonIn(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .map(withoutPriority)
    .findLast((line) => line !== '' && !isPointer(line));
}

/** After a refusal, docker prints a pointer to its help. */
const isPointer = (line: string) => line.includes("docker run --help'");

export function withoutPriority(line: string): string {
  return line.replace(/^<\d>/, '').trimEnd();
}
