import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { waitFor } from '../wait-for.ts';
import { separator } from './reporter.ts';
import { runFile, summarise } from './run-file.ts';

const here = 'packages/testing/src/run';
const countsOf = (tests: number) =>
  `${separator}${JSON.stringify({ counts: { tests, passed: tests }, cpuSeconds: 1 })}\n`;

test('A file that passes has its tests counted and timed.', async () => {
  const result = await runFile({ path: `${here}/options.test.ts`, kind: 'code' });
  assert.deepEqual(result.failures, []);
  assert.equal(result.passed, 3);
  assert.equal(result.tests.length, 3);
  assert.ok(result.tests.every(({ title, seconds }) => title && seconds < result.seconds));
  assert.ok(result.cpuSeconds > 0);
});

test('The result of a failing file contains each failed test once, with its error and its output.', async () => {
  const { failures, skipped, passed, output } = await runFile({
    path: `${here}/failing-fixture.ts`,
    kind: 'code',
  });
  assert.deepEqual(
    failures.map(({ title }) => title),
    ['a test that fails'],
  );
  assert.match(failures[0]?.reason ?? '', /1 !== 2/);
  assert.deepEqual(skipped, [{ title: 'a test that is skipped', reason: 'a reason' }]);
  assert.equal(passed, 1);
  assert.match(output, /a note/);
  assert.match(output, /an output/);
});

test('A file that never ends is killed with everything it has started, and has failed.', async () => {
  const { failures, output } = await runFile({ path: `${here}/hanging-fixture.ts`, kind: 'code' }, {}, 0.1);
  assert.match(failures[0]?.reason ?? '', /was still running after 0.1 minutes/);
  const started = Number(/started (\d+)/.exec(output)?.[1]);
  assert.ok(started > 0, output);
  await waitFor('the process it has started to be gone', () => !existsSync(`/proc/${started}`));
});

test('A missing file has failed.', async () => {
  const { failures } = await runFile({ path: `${here}/nowhere.test.ts`, kind: 'code' });
  assert.equal(failures.length, 1);
});

test('A file in which no test ran has failed.', () => {
  assert.equal(summarise(countsOf(0), '', 0).failures[0]?.reason, 'No test ran.');
});

test('What a test prints is its output, even if it looks like a result or has no end of line.', () => {
  const printed = `{"failed":"no","reason":""}\nnull\nhalf a line\n${countsOf(1)}`;
  const { failures, passed, output } = summarise(printed, '', 0);
  assert.deepEqual([failures, passed], [[], 1]);
  assert.equal(output, '{"failed":"no","reason":""}\nnull\nhalf a line\n');
});

test('A process that dies has failed, even if none of its tests did.', () => {
  assert.match(
    summarise(countsOf(2), 'out of memory', 134).failures[0]?.reason ?? '',
    /134.*\n.*out of memory/,
  );
});
