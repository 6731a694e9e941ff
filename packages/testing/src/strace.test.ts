import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startChild } from './child.ts';
import { signalProcess, stopTraced, wasKilled, withStrace } from './strace.ts';
import { waitFor } from './wait-for.ts';

const traced = (...command: string[]) =>
  startChild('strace', ['-f', '-o', '/dev/null', '-e', 'trace=mkdir', ...command]);

test('A signal to a process that has already ended is no error.', async () => {
  const { process } = startChild('true', []);
  await once(process, 'close');
  assert.equal(signalProcess(process.pid ?? 0, 'SIGTERM'), false);
});

test(
  'A traced program is ended whether it is running, about to end or already ended.',
  withStrace,
  async () => {
    const running = traced('sh', '-c', 'echo up; exec sleep 1000');
    await waitFor('it to start', () => running.output().includes('up'));
    await stopTraced(running);
    assert.equal(running.process.signalCode, 'SIGTERM');
    const ending = traced('sh', '-c', 'echo up; kill -KILL $$');
    await waitFor('it to start', () => ending.output().includes('up'));
    await stopTraced(ending);
    assert.ok(wasKilled(ending.process));
    await stopTraced(ending);
  },
);
