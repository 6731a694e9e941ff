import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { separator } from './reporter.ts';
import { packageFolder, root, type TestFile } from './test-files.ts';

export interface Failure {
  /** The test's title. */
  readonly title: string;
  /** The error with its stack. */
  readonly reason: string;
}

/** The result of one test file. */
export interface FileResult {
  readonly path: string;
  readonly seconds: number;
  /** The CPU time of its process, of all that it started and waited for, and of its containers. */
  readonly cpuSeconds: number;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skipped: readonly { readonly title: string; readonly reason: string }[];
  /** How long each of its tests took. The rest of the file's seconds went into what is done before and after them. */
  readonly tests: readonly { readonly title: string; readonly seconds: number }[];
  /** Everything that the tests printed, and their diagnostics. */
  readonly output: string;
}

/** A line of reporter.ts. */
export type Line =
  | { readonly failed: string; readonly reason: string }
  | { readonly skipped: string; readonly reason: string }
  | { readonly title: string; readonly seconds: number }
  | { readonly note: string }
  | { readonly output: string }
  | { readonly counts: { readonly tests: number; readonly passed: number }; readonly cpuSeconds: number };

/**
 * A file that takes longer hangs: more than ten times the duration of the slowest file, since machines differ
 * by a factor of four.
 */
const mostMinutes = (file: TestFile) => (file.kind === 'code' && !file.path.endsWith('.drill.ts') ? 10 : 45);

/**
 * Runs a test file in a separate process, with the same Node, in the folder of its package. If it has not
 * ended after `minutes`, it is killed with all processes that it has started, and has failed.
 */
export async function runFile(
  file: TestFile,
  env: NodeJS.ProcessEnv = {},
  minutes = mostMinutes(file),
): Promise<FileResult> {
  const started = performance.now();
  // Without --test, which would start another process for the file.
  const reporter = `--test-reporter=${join(import.meta.dirname, 'reporter.ts')}`;
  const child = spawn(process.execPath, [reporter, join(root, file.path)], {
    cwd: packageFolder(file.path),
    stdio: ['ignore', 'pipe', 'pipe'],
    // If set by an outer test runner, it would make the child report to that.
    env: { ...process.env, ...env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined },
    // A separate process group, to be killed as a whole.
    detached: true,
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  using _ = endGroupWithThisProcess(child.pid);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    killGroup(child.pid);
  }, minutes * 60_000);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended.promise]);
  clearTimeout(timer);
  const seconds = (performance.now() - started) / 1000;
  const result = summarise(stdout, stderr, code);
  if (hung) {
    const reason = `It was still running after ${minutes} minutes and was killed.`;
    result.failures.unshift({ title: 'the file itself', reason });
  }
  return { path: file.path, seconds, ...result };
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The process groups of the files that are running. */
const running = new Set<number | undefined>();

function endAll(): void {
  for (const leader of running) killGroup(leader);
  process.exit(130);
}

/**
 * A terminal's Ctrl-C reaches only this process's own group: until disposed of, this forwards the signal to
 * another one.
 */
function endGroupWithThisProcess(leader: number | undefined): Disposable {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  if (running.size === 0) for (const signal of signals) process.on(signal, endAll);
  running.add(leader);
  return {
    [Symbol.dispose]() {
      running.delete(leader);
      if (running.size === 0) for (const signal of signals) process.off(signal, endAll);
    },
  };
}

/**
 * Converts the output of a run into a result. A file in which no test ran has failed, since it tests nothing.
 */
export function summarise(stdout: string, stderr: string, code: number | null) {
  const lines = stdout.split('\n').filter(Boolean).map(parseLine);
  const failures = lines.flatMap((line) =>
    'failed' in line ? [{ title: line.failed, reason: line.reason }] : [],
  );
  const skipped = lines.flatMap((line) =>
    'skipped' in line ? [{ title: line.skipped, reason: line.reason }] : [],
  );
  const tests = lines.flatMap((line) => ('title' in line ? [line] : []));
  const summary = lines.filter((line) => 'counts' in line).at(-1);
  const output = lines.flatMap((line) =>
    'note' in line ? [`${line.note}\n`] : 'output' in line ? [line.output] : [],
  );
  if (code !== 0 && failures.length === 0) {
    failures.push({ title: 'the file itself', reason: `It ended with ${code}.\n${stderr.slice(-4000)}` });
  } else if (!summary?.counts.tests) {
    failures.push({ title: 'the file itself', reason: 'No test ran.' });
  }
  return {
    ...{ passed: summary?.counts.passed ?? 0, cpuSeconds: summary?.cpuSeconds ?? 0 },
    ...{ failures, skipped, tests, output: output.join('') + stderr },
  };
}

function parseLine(line: string): Line {
  return line.startsWith(separator) ? JSON.parse(line.slice(1)) : { output: `${line}\n` };
}
