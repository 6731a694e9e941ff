// Formats the output: a line for each file as it ends; at the end a table and all failures again.
import { basename } from 'node:path';
import type { FileResult } from './run-file.ts';

/** The result of one stage. `problem`: why it failed as a whole, apart from its files. */
export interface StageResult {
  readonly title: string;
  readonly seconds: number;
  readonly files: readonly FileResult[];
  readonly problem?: string;
}

/** The maximum length of a failed file's printed output, in characters. */
const mostOutput = 12_000;

/** How many of the slowest tests are listed. */
const mostTests = 30;

const inSeconds = (seconds: number) => `${seconds.toFixed(1)} s`.padStart(9);
const indent = (text: string) => text.trimEnd().replaceAll(/^/gm, '    ');

/** One line for a file that has ended, and its failures. */
export function describeFile({ path, seconds, passed, failures, skipped, output }: FileResult): string {
  const counts = [`${passed} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const line = `${failures.length > 0 ? 'FAIL' : 'ok  '} ${inSeconds(seconds)}  ${path}  (${counts.join(', ')})`;
  const why = skipped.map(({ title, reason }) => `  skipped: ${title}: ${reason}`);
  return [line, ...why, ...describeFailures(failures, output)].join('\n');
}

function describeFailures(failures: FileResult['failures'], output: string): string[] {
  if (failures.length === 0) return [];
  const reasons = failures.map(({ title, reason }) => `  failed: ${title}\n${indent(reason)}`);
  return output.trim() === '' ? reasons : [...reasons, `  its output:\n${indent(output.slice(-mostOutput))}`];
}

/** The slowest tests of all files. What a file does before, between and after its tests counts as one of them. */
function slowestTests(files: readonly FileResult[]): string[] {
  const all = files.flatMap(({ path, seconds, tests }) => {
    const rest = seconds - tests.reduce((sum, test) => sum + test.seconds, 0);
    return [{ title: '(before and after its tests)', seconds: rest }, ...tests].map((test) => ({
      path,
      ...test,
    }));
  });
  return all
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, mostTests)
    .map(({ path, title, seconds }) => `${inSeconds(seconds)}  ${basename(path)}: ${title}`);
}

/**
 * Each test file with its seconds and its CPU time, the slowest first, then the slowest tests, and the sum and the duration of each stage.
 */
export function table(stages: readonly StageResult[]): string {
  const files = stages.flatMap((stage) => stage.files).sort((a, b) => b.seconds - a.seconds);
  const rows = files.map((file) => `${inSeconds(file.seconds)}  ${inSeconds(file.cpuSeconds)}  ${file.path}`);
  const sums = stages.map(({ title, seconds, files, problem }) => {
    const inFiles = files.reduce((sum, file) => sum + file.seconds, 0);
    const failed = problem !== undefined || files.some(({ failures }) => failures.length > 0);
    const cpu = files.reduce((sum, file) => sum + file.cpuSeconds, 0);
    const sum =
      files.length > 0
        ? `  (${files.length} files, ${inFiles.toFixed(0)} s if run one after another, ${cpu.toFixed(0)} s of CPU time)`
        : '';
    return `${inSeconds(seconds)}  ${title}${sum}${failed ? '  FAILED' : ''}`;
  });
  const tests = ['Tests, the slowest first:', ...slowestTests(files)];
  const title = 'Test files, the slowest first, with their CPU time:';
  return [title, ...rows, '', ...tests, '', 'Stages:', ...sums].join('\n');
}

/** All failures, one line each; empty if there are none. */
export function listFailures(stages: readonly StageResult[]): string[] {
  return stages.flatMap(({ title, files, problem }) => [
    ...(problem === undefined ? [] : [`${title}: ${problem}`]),
    ...files.flatMap(({ path, failures }) => failures.map((failure) => `${path}: ${failure.title}`)),
  ]);
}

/**
 * The last line, as in `120 passed, 0 failed, 3 skipped`. A stage that failed as a whole counts as one
 * failure.
 */
export function closingLine(stages: readonly StageResult[]): string {
  const files = stages.flatMap((stage) => stage.files);
  const passed = files.reduce((sum, file) => sum + file.passed, 0);
  const skipped = files.reduce((sum, file) => sum + file.skipped.length, 0);
  return `${passed} passed, ${listFailures(stages).length} failed, ${skipped} skipped`;
}
