import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorkerMark, type WorkerMark } from './worker-mark.ts';

const map = '/data/runtime/haproxy/hosts.map';

/** A worker that knows `get map`, `add map`, `del map` and `show info`, and remembers all other commands. */
function fakeWorker(pid: number) {
  const marks: string[] = [];
  const got: string[] = [];
  function run(command: string): string {
    const [verb, what, , key = '', value = ''] = command.split(' ');
    if (command === 'show info') return `Pid: ${pid}\n`;
    if (what !== 'map') got.push(command);
    if (verb === 'get')
      return marks[0] ? `type=str, found=yes, key="${key}", val="${marks[0]}"\n` : 'found=no\n';
    if (verb === 'add') marks.push(value);
    if (verb === 'del') marks.length = 0;
    return '\n';
  }
  return { pid, marks, got, run };
}

type FakeWorker = ReturnType<typeof fakeWorker>;

/** Each connection is with the worker that `pick` gives. */
function fakeHaproxy(pick: () => FakeWorker, current: () => number | undefined) {
  return {
    command: async (commands: readonly string[]) => {
      const worker = pick();
      return commands.map(worker.run).join('');
    },
    async connect() {
      const worker = pick();
      const ask = async (commands: readonly string[]) => commands.map(worker.run);
      return { ask, close: () => {} };
    },
    currentWorker: async () => current(),
  };
}

/** Sends one command to the marked worker. */
const tell = (mark: WorkerMark, command: string) => mark.tell((ask) => ask([command]));

/** Connections are with these workers in turns. */
function inTurns(...workers: [FakeWorker, ...FakeWorker[]]) {
  let turn = 0;
  return () => workers[turn++ % workers.length] ?? workers[0];
}

test('An old worker that took a connection while the new one was marked is not taken for it.', async () => {
  const [old, current] = [fakeWorker(1), fakeWorker(2)];
  const pick = inTurns(old, current, current);
  const mark = createWorkerMark(
    fakeHaproxy(pick, () => current.pid),
    map,
  );
  assert.equal(await mark.set(), true);
  assert.equal(old.marks.length, 1, 'it was marked on the way');
  for (let times = 0; times < 3; times++) await tell(mark, 'set server a.test/h1 state ready');
  assert.equal(current.got.length, 3, 'each command has reached the new one');
  assert.deepEqual(old.got, [], 'and none the old one, though it took connections');
});

test('While HAProxy reports no current worker, none is marked.', async () => {
  const worker = fakeWorker(1);
  let asked = 0;
  const current = () => (++asked < 3 ? undefined : worker.pid);
  const mark = createWorkerMark(
    fakeHaproxy(() => worker, current),
    map,
  );
  assert.equal(await mark.set(), true);
  assert.ok(asked >= 3);
});

test('If two programs mark the same worker, the last one counts.', async () => {
  const worker = fakeWorker(1);
  const haproxy = fakeHaproxy(
    () => worker,
    () => worker.pid,
  );
  const [one, other] = [createWorkerMark(haproxy, map), createWorkerMark(haproxy, map)];
  assert.equal(await one.set(), true);
  assert.equal(await other.set(), true);
  assert.deepEqual([await one.isThere(), await other.isThere()], [false, true]);
  assert.equal(await one.set(), true, 'and it can be marked again');
});

test('Commands for a worker that is no longer the current one are an error.', async () => {
  const [old, current] = [fakeWorker(1), fakeWorker(2)];
  let now = old;
  const mark = createWorkerMark(
    fakeHaproxy(
      () => now,
      () => now.pid,
    ),
    map,
  );
  await mark.set();
  now = current;
  assert.equal(await mark.isThere(), false);
  await assert.rejects(tell(mark, 'set server a.test/h1 state ready'), /another HAProxy worker/);
  assert.deepEqual([...old.got, ...current.got], [], 'neither got the command');
});

test('A signal ends the search for the current worker.', async () => {
  const old = fakeWorker(1);
  const controller = new AbortController();
  let tries = 0;
  const current = () => {
    if (++tries === 3) controller.abort();
    return 2;
  };
  const mark = createWorkerMark(
    fakeHaproxy(() => old, current),
    map,
    controller.signal,
  );
  await assert.rejects(mark.set(), { name: 'AbortError' });
  assert.equal(tries, 3);
});

test('A master that does not answer for a moment is asked again.', async () => {
  const worker = fakeWorker(1);
  let asked = 0;
  const haproxy = fakeHaproxy(
    () => worker,
    () => worker.pid,
  );
  const currentWorker = async () => {
    if (++asked < 3) throw new Error('connect ENOENT master.sock');
    return worker.pid;
  };
  const mark = createWorkerMark({ ...haproxy, currentWorker }, map);
  assert.equal(await mark.set(), true);
});
