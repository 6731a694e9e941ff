import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { cpuSecondsIn, cpuSecondsOfThisProcess, growth } from './cpu-time.ts';

test('The times of a process and of its children are added, whatever its name is.', () => {
  const stat = '42 (a) R 1 (b) S 1 42 42 0 -1 4194560 1 2 3 4 100 20 3000 400 20 0 1 0 7 8 9';
  assert.equal(cpuSecondsIn(stat), 35.2);
});

test('What a child has used is counted once it has ended.', () => {
  const before = cpuSecondsOfThisProcess();
  execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);']);
  assert.ok(cpuSecondsOfThisProcess() - before > 0.25);
});

test('Containers that were there before, that are new, and that were restarted are counted once each.', () => {
  const before = new Map([
    ['old', 10],
    ['restarted', 100],
    ['removed', 7],
  ]);
  const now = new Map([
    ['old', 12],
    ['restarted', 3],
    ['new', 5],
  ]);
  assert.equal(growth(before, now), 2 + 3 + 5);
});
