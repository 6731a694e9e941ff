import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingLine, describeFile, listFailures, type StageResult, table } from './report.ts';
import type { FileResult } from './run-file.ts';

const file = (path: string, seconds: number, failed: string[] = []): FileResult => ({
  path,
  seconds,
  cpuSeconds: seconds / 2,
  passed: 2,
  failures: failed.map((title) => ({ title, reason: 'because' })),
  skipped: [],
  tests: [{ title: `slow in ${path}`, seconds: seconds - 1 }],
  output: 'printed',
});

const stages: StageResult[] = [
  { title: 'Lint', seconds: 3, files: [], problem: "'npm run lint' ended with 1" },
  { title: 'Tests', seconds: 20, files: [file('a.test.ts', 5), file('b.test.ts', 25, ['it works'])] },
];

test('The table lists the slowest file first, and the sum of each stage.', () => {
  const lines = table(stages).split('\n');
  assert.match(lines[1] ?? '', /25\.0 s +12\.5 s {2}b\.test\.ts/);
  assert.match(lines[2] ?? '', /5\.0 s +2\.5 s {2}a\.test\.ts/);
  assert.match(
    lines.at(-1) ?? '',
    /20\.0 s {2}Tests {2}\(2 files, 30 s if run one after another, 15 s of CPU time\) {2}FAILED/,
  );
});

test('The slowest tests are listed, with what a file takes apart from them.', () => {
  const lines = table(stages).split('\n');
  const first = lines.indexOf('Tests, the slowest first:') + 1;
  assert.deepEqual(
    lines.slice(first, first + 3).map((line) => line.trim()),
    [
      '24.0 s  b.test.ts: slow in b.test.ts',
      '4.0 s  a.test.ts: slow in a.test.ts',
      '1.0 s  b.test.ts: (before and after its tests)',
    ],
  );
});

test('Each stage that failed as a whole and each failed test is listed and counted.', () => {
  assert.deepEqual(listFailures(stages), ["Lint: 'npm run lint' ended with 1", 'b.test.ts: it works']);
  assert.equal(closingLine(stages), '4 passed, 2 failed, 0 skipped');
});

test('A file that passed takes one line; for one that failed, the errors and the output follow.', () => {
  assert.equal(describeFile(file('a.test.ts', 5)).split('\n').length, 1);
  const text = describeFile(file('b.test.ts', 5, ['it works']));
  for (const part of [/^FAIL/, /failed: it works/, /because/, /printed/]) assert.match(text, part);
});
