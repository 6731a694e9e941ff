import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Lane, runInLanes } from './lanes.ts';
import type { FileResult } from './run-file.ts';
import type { Kind, TestFile } from './test-files.ts';

const filesOf = (kind: Kind, count: number): TestFile[] =>
  Array.from({ length: count }, (_, index) => ({ path: `${kind} ${index}`, kind }));

const resultOf = ({ path }: TestFile): FileResult => ({
  ...{ path, seconds: 0, cpuSeconds: 0, passed: 1, failures: [], skipped: [], tests: [], output: '' },
});

test('Every file runs once, in a lane that accepts its kind; files that share servers never run side by side.', async () => {
  const files = [...filesOf('host', 7), ...filesOf('servers', 3), ...filesOf('cluster', 3)];
  const running: TestFile[] = [];
  const lane = (...takes: Kind[]): Lane => ({
    takes,
    async run(file) {
      assert.ok(takes.includes(file.kind));
      if (file.kind !== 'host') assert.ok(!running.some(({ kind }) => kind === file.kind), file.path);
      running.push(file);
      await setImmediate();
      running.splice(running.indexOf(file), 1);
      return resultOf(file);
    },
  });
  const done: string[] = [];
  const lanes = [
    lane('host'),
    lane('servers', 'cluster'),
    lane('cluster', 'servers'),
    lane('servers', 'host'),
  ];
  await runInLanes(files, lanes, ({ path }) => done.push(path));
  assert.deepEqual(done.toSorted(), files.map(({ path }) => path).toSorted());
});
