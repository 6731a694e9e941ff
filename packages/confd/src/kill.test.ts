// confd killed with SIGKILL at each of its steps, by strace (Debian package strace): no file is ever half written,
// HAProxy goes on, and the next confd finishes what was begun.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FileSet, readFiles } from '@freehold/core/publish';
import { type Child, startChild } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestEdge, type TestEdge, thisBoot } from './test-edge.ts';

/** Where confd may be killed: at this system call or, if paths are given, where it touches one of them. */
interface Steps {
  readonly call: string;
  readonly paths: readonly string[];
}

const names = ['crt-list', 'haproxy.cfg', 'hosts.map'];
const key = '/services/static/b.test/h1';

const canTrace = await new Promise<boolean>((resolve) =>
  execFile('strace', ['-o', '/dev/null', 'true'], (error) => resolve(error === null)),
);
// A developer's machine may forbid tracing; CI has to have it.
const skip = !canTrace && !process.env.CI && 'strace cannot be used here';
const options = { skip, timeout: 600_000 };

/** Every step with one of the files, and every connection, to etcd or to HAProxy. */
function allSteps({ folder }: TestEdge): Steps[] {
  const paths = [folder, ...names.flatMap((name) => [join(folder, name), join(folder, `${name}.tmp`)])];
  const ofFiles = ['openat', 'write', 'fchmod', 'fsync', 'close', 'rename'].map((call) => ({ call, paths }));
  return [...ofFiles, { call: 'connect', paths: [] }];
}

/** One thread does all work on files, so that strace's count, which is by thread and call, is that of confd. */
function startUntil({ call, paths }: Steps, count: number, edge: TestEdge, ...args: string[]): Child {
  const strace = [
    '-f',
    '-qq',

    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    ...paths.flatMap((path) => ['-P', path]),
  ];
  const inject = ['-e', `inject=${call}:signal=KILL:when=${count}`];
  const program = [process.execPath, join(import.meta.dirname, 'main.ts'), ...args];
  return startChild('strace', [...strace, ...inject, ...program], { ...edge.env, UV_THREADPOOL_SIZE: '1' });
}

/** strace itself heeds no signal while it traces, and ends with what it has started. */
async function stopTraced(strace: Child): Promise<void> {
  if (strace.process.exitCode !== null || strace.process.signalCode !== null) return;
  const ended = once(strace.process, 'close');
  const { pid } = strace.process;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.trim().split(' ')) process.kill(Number(child), 'SIGTERM');
  await ended;
}

/** b.test is made known or taken away, and what its visitors are to read then. */
async function toggle({ etcd }: TestEdge): Promise<404 | 503> {
  if (await etcd.delete(key)) return 404;
  await etcd.put(key, JSON.stringify({ boot: thisBoot }));
  return 503;
}

async function runOnce(edge: TestEdge): Promise<void> {
  const confd = edge.confd('--once');
  const [code] = await once(confd.process, 'close');
  assert.equal(code, 0, confd.output());
}

const read = ({ folder }: TestEdge): Promise<FileSet> => readFiles(names.map((name) => join(folder, name)));

/** After a kill: each file is the old or the new one, HAProxy serves, and the next confd does the rest. */
async function assertRepaired(edge: TestEdge, before: FileSet, status: number, where: string): Promise<void> {
  const found = await read(edge);
  assert.equal((await edge.get('a.test')).status, 503, `${where}: HAProxy goes on`);
  await runOnce(edge);
  const after = await read(edge);
  for (const [path, text] of found) {
    assert.ok(
      text === before.get(path) || text === after.get(path),
      `${where}: ${path} is half written: ${text}`,
    );
  }
  assert.deepEqual([...found.keys()], [...after.keys()], `${where}: no file is missing`);
  assert.equal((await edge.get('b.test')).status, status, `${where}: what was begun is finished`);
}

/** Kills at the first, the second, … step, with `work` under strace, until it gets through; tells how often that was. */
async function killAtEach(
  edge: TestEdge,
  steps: Steps,
  work: (count: number) => Promise<{ killed: boolean; status: number }>,
): Promise<number> {
  for (let count = 1; ; count++) {
    const before = await read(edge);
    const { killed, status } = await work(count);
    await assertRepaired(edge, before, status, `${steps.call} ${count}`);
    if (!killed) return count - 1;
  }
}

async function startEdge(): Promise<TestEdge> {
  const edge = await createTestEdge();
  await edge.etcd.put('/services/static/a.test/h1', JSON.stringify({ boot: thisBoot }));
  await runOnce(edge);
  await edge.haproxy.start();
  return edge;
}

const wasKilled = ({ process }: Child) => process.signalCode === 'SIGKILL' || process.exitCode === 137;

test(
  'confd killed at any step of a change with a reload leaves whole files, and the next one finishes',
  options,
  async (context) => {
    await using edge = await startEdge();
    let kills = 0;
    for (const steps of allSteps(edge)) {
      kills += await killAtEach(edge, steps, async (count) => {
        const status = await toggle(edge);
        const confd = startUntil(steps, count, edge, '--once');
        await once(confd.process, 'close');
        if (!wasKilled(confd)) assert.equal(confd.process.exitCode, 0, confd.output());
        return { killed: wasKilled(confd), status };
      });
    }
    context.diagnostic(`${kills} kills`);
    assert.ok(kills >= 20, `${kills} kills`);
  },
);

test(
  'confd killed at any step of a change without a reload leaves whole files, and the next one finishes',
  options,
  async (context) => {
    await using edge = await startEdge();
    let kills = 0;
    for (const steps of allSteps(edge)) {
      kills += await killAtEach(edge, steps, async (count) => {
        const confd = startUntil(steps, count, edge);
        try {
          await waitFor('it to start', () => wasKilled(confd) || confd.output().includes('a.test is known'));
          const status = await toggle(edge);
          const done = async () => (await edge.get('b.test')).status === status;
          await waitFor('the change or the end', async () => wasKilled(confd) || (await done()));
          return { killed: wasKilled(confd), status };
        } finally {
          await stopTraced(confd);
        }
      });
    }
    context.diagnostic(`${kills} kills`);
    assert.ok(kills >= 20, `${kills} kills`);
  },
);
