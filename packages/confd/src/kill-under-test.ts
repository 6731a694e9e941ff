// For the tests: confd killed with SIGKILL at one of its steps, by strace (Debian package strace), and what holds after.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { createLog } from '@freehold/core/log';
import { type FileSet, readFiles } from '@freehold/core/publish';
import { makeCertificate } from '@freehold/testing/certificate';
import { type Child, startChild } from '@freehold/testing/child';
import { recordingStream } from '@freehold/testing/recording-stream';
import { sameCalls, stopTraced, wasKilled } from '@freehold/testing/strace';
import { waitFor } from '@freehold/testing/wait-for';
import { run } from './run.ts';
import { createTestEdge, type TestEdge, thisBoot } from './test-edge.ts';

/** Where confd may be killed: at this system call or, if paths are given, where it touches one of them. */
export interface Steps {
  readonly call: string;
  readonly paths: readonly string[];
}

/** One step at which confd is killed: the first, second, … of a kind. */
export type Step = Steps & { readonly count: number };

/** Makes a change under a confd that is killed at a step; gives what b.test is answered with once the change is done. */
export type Work = (edge: TestEdge, step: Step) => Promise<{ killed: boolean; status: number }>;

const names = ['crt-list', 'haproxy.cfg', 'hosts.map'];
const copy = 'served-certs/b.test.pem';
const key = '/services/static/b.test/h1';

/**
 * Every step with one of the files, and every connection, to etcd or to HAProxy. A kill before `close` leaves the same
 * files as one before the call that comes next, so it is not among them.
 */
export function allSteps({ folder }: TestEdge): Steps[] {
  const files = [...names, copy].flatMap((name) => [join(folder, name), join(folder, `${name}.tmp`)]);
  const paths = [folder, join(folder, 'served-certs'), ...files];
  const ofFiles = ['openat', 'write', 'fchmod', 'fsync', 'rename'].map((call) => ({ call, paths }));
  return [...ofFiles, { call: 'connect', paths: [] }];
}

/** HAProxy runs and serves a.test, for which there is no backend. */
export async function startEdge(): Promise<TestEdge> {
  const edge = await createTestEdge();
  await edge.etcd.put('/services/static/a.test/h1', JSON.stringify({ boot: thisBoot }));
  await runOnce(edge);
  await edge.haproxy.start();
  return edge;
}

/** Does some work with a kill, and asserts that the next confd finishes it. Gives whether confd was killed. */
export async function killAndRepair(edge: TestEdge, step: Step, work: Work): Promise<boolean> {
  const before = await read(edge);
  const { killed, status } = await work(edge, step);
  await assertRepaired(edge, { before, status, where: `${step.call} ${step.count}` });
  return killed;
}

/** A change that HAProxy has to be reloaded for, by confd --once. */
export const changeOnce: Work = async (edge, step) => {
  const status = await toggle(edge);
  const confd = startUntil(step, edge, '--once');
  await once(confd.process, 'close');
  const killed = wasKilled(confd.process);
  if (!killed) assert.equal(confd.process.exitCode, 0, confd.output());
  return { killed, status };
};

/** A change that the running HAProxy is told, by a confd that follows etcd; the files follow. */
export const changeRunning: Work = async (edge, step) => {
  const confd = startUntil(step, edge);
  const killed = () => wasKilled(confd.process);
  try {
    await waitFor('it to start', () => killed() || confd.output().includes('a.test is known'));
    const status = await toggle(edge);
    const isDone = async () => {
      const written = (await readFile(join(edge.folder, 'hosts.map'), 'utf8')).includes('b.test ');
      return (await edge.get('b.test')).status === status && written === (status === 301);
    };
    await waitFor('the change or the end', async () => killed() || (await isDone()));
    return { killed: killed(), status };
  } finally {
    await stopTraced(confd);
  }
};

function startUntil({ call, paths, count }: Step, edge: TestEdge, ...args: string[]): Child {
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
  return startChild('strace', [...strace, ...inject, ...program], { ...edge.env, ...sameCalls });
}

/** Adds or removes b.test and its certificate; gives the status that its visitors are to be answered with then. */
async function toggle({ etcd, folder }: TestEdge): Promise<404 | 301> {
  const path = join(folder, 'approved-certs', 'b.test.pem');
  if (await etcd.delete(key)) {
    await rm(path);
    return 404;
  }
  await writeFile(path, await pem);
  await etcd.put(key, JSON.stringify({ boot: thisBoot }));
  return 301;
}

const pem = makeCertificate(['b.test']).then(({ certificate, key }) => certificate + key);

/** confd --once in this process, which is cheaper than a process of its own. */
async function runOnce({ env }: TestEdge): Promise<void> {
  const { signal } = new AbortController();
  await run({ argv: ['--once'], env, log: createLog(recordingStream()), signal });
}

const read = ({ folder }: TestEdge): Promise<FileSet> => readFiles(names.map((name) => join(folder, name)));

/** After a kill: each file is the old or the new one, HAProxy serves, and the next confd does the rest. */
async function assertRepaired(
  edge: TestEdge,
  { before, status, where }: { before: FileSet; status: number; where: string },
): Promise<void> {
  const found = await read(edge);
  assert.equal((await edge.get('a.test')).status, 503, `${where}: HAProxy continues`);
  await assertCertificates(edge, where);
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

/** Each certificate that crt-list names is there and whole: HAProxy could start. */
async function assertCertificates({ folder }: TestEdge, where: string): Promise<void> {
  const list = await readFile(join(folder, 'crt-list'), 'utf8');
  for (const [, path = ''] of list.matchAll(/^([^#\s]\S*)/gm)) {
    const text = await readFile(path, 'utf8').catch(() => assert.fail(`${where}: ${path} is missing`));
    assert.doesNotThrow(() => createSecureContext({ cert: text, key: text }), `${where}: ${path}`);
  }
}
