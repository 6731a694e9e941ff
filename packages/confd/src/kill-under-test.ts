// For the tests: confd killed with SIGKILL at one of its steps, by strace (Debian package strace), and what holds after.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { fingerprintOf } from '@freehold/core/certificate-folder';
import { createLog } from '@freehold/core/log';
import { type FileSet, readFiles } from '@freehold/core/publish';
import { makeCertificate } from '@freehold/testing/certificate';
import { type Child, startChild } from '@freehold/testing/child';
import { recordingStream } from '@freehold/testing/recording-stream';
import { sameCalls, stopTraced, wasKilled } from '@freehold/testing/strace';
import { waitFor } from '@freehold/testing/wait-for';
import { copyOf, nameOfCopy } from './certificate-copies.ts';
import { run } from './run.ts';
import { createTestEdge, type TestEdge, thisBoot } from './test-edge.ts';

/** Where confd may be killed: at this system call or, if paths are given, where it touches one of them. */
export interface Steps {
  readonly call: string;
  readonly paths: readonly string[];
}

/** One step at which confd is killed: the first, second, … of a kind. */
export type Step = Steps & { readonly count: number };

/** What a change leads to: what b.test is answered with, and the copy of its certificate that crt-list names. */
interface Goal {
  readonly status: 404 | 301;
  readonly copy?: string;
}

/** Makes a change under a confd that is killed at a step. */
export type Work = (edge: TestEdge, step: Step) => Promise<{ killed: boolean; goal: Goal }>;

const names = ['crt-list', 'haproxy.cfg', 'hosts.map'];
const key = '/services/static/b.test/h1';

/**
 * Every step with one of the files, and every connection, to etcd or to HAProxy. A kill before `close` leaves the same
 * files as one before the call that comes next, so it is not among them.
 */
export async function allSteps({ folder }: TestEdge): Promise<Steps[]> {
  const copies = (await pems).map((pem) =>
    copyOf(folder, { path: '/b.test.pem', fingerprint: fingerprintOf(pem) }),
  );
  const all = [...names.map((name) => join(folder, name)), ...copies];
  const files = all.flatMap((path) => [path, `${path}.tmp`]);
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

/**
 * Does some work with a kill, and asserts that the next confd finishes it. Gives whether confd was killed. `andHaproxy`: it is
 * killed after confd, and starts on what lies there.
 */
export async function killAndRepair(
  edge: TestEdge,
  step: Step,
  { work, andHaproxy = false }: { work: Work; andHaproxy?: boolean },
): Promise<boolean> {
  const before = await read(edge);
  const { killed, goal } = await work(edge, step);
  if (andHaproxy) {
    await edge.haproxy.stop('SIGKILL');
    await edge.haproxy.start();
  }
  await assertRepaired(edge, { before, goal, where: `${step.call} ${step.count}` });
  return killed;
}

/** A change that HAProxy has to be reloaded for, by confd --once. */
export const changeOnce: Work = async (edge, step) => {
  const goal = await turn(edge);
  const confd = startUntil(step, edge, '--once');
  await once(confd.process, 'close');
  const killed = wasKilled(confd.process);
  if (!killed) assert.equal(confd.process.exitCode, 0, confd.output());
  return { killed, goal };
};

/** A change that the running HAProxy is told, by a confd that follows etcd; the files follow. */
export const changeRunning: Work = async (edge, step) => {
  const confd = startUntil(step, edge);
  const killed = () => wasKilled(confd.process);
  try {
    await waitFor('it to start', () => killed() || confd.output().includes('a.test is known'));
    const goal = await turn(edge);
    await waitFor('the change or the end', async () => killed() || (await isReached(edge, goal)));
    return { killed: killed(), goal };
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

/** In turns: adds b.test with a certificate, renews that, and removes both. */
async function turn({ etcd, folder }: TestEdge): Promise<Goal> {
  const path = join(folder, 'approved-certs', 'b.test.pem');
  const [first = '', second = ''] = await pems;
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === second) {
    await etcd.delete(key);
    await rm(path);
    return { status: 404 };
  }
  const next = present === undefined ? first : second;
  await writeFile(path, next);
  await etcd.put(key, JSON.stringify({ boot: thisBoot }));
  return { status: 301, copy: copyNameOf(next) };
}

const pems = Promise.all(
  [1, 2].map(async () => {
    const { certificate, key } = await makeCertificate(['b.test']);
    return certificate + key;
  }),
);

const copyNameOf = (pem: string) => nameOfCopy({ path: '/b.test.pem', fingerprint: fingerprintOf(pem) });

/** Whether visitors are answered so, and the files say the same. */
async function isReached(edge: TestEdge, { status, copy }: Goal): Promise<boolean> {
  const crtList = await readFile(join(edge.folder, 'crt-list'), 'utf8');
  const hosts = await readFile(join(edge.folder, 'hosts.map'), 'utf8');
  const isWritten = copy === undefined ? !crtList.includes('b.test') : crtList.includes(copy);
  const isKnown = hosts.includes('b.test ') === (status === 301);
  return isWritten && isKnown && (await edge.get('b.test')).status === status;
}

/** confd --once in this process, which is cheaper than a process of its own. */
async function runOnce({ env }: TestEdge): Promise<void> {
  const { signal } = new AbortController();
  await run({ argv: ['--once'], env, log: createLog(recordingStream()), signal });
}

const read = ({ folder }: TestEdge): Promise<FileSet> => readFiles(names.map((name) => join(folder, name)));

/** After a kill: each file is the old or the new one, HAProxy serves, and the next confd does the rest. */
async function assertRepaired(
  edge: TestEdge,
  { before, goal, where }: { before: FileSet; goal: Goal; where: string },
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
  assert.ok(await isReached(edge, goal), `${where}: what was begun is finished`);
}

/** Each certificate that crt-list names is there, whole, and the one that it is named for: HAProxy could start. */
async function assertCertificates({ folder }: TestEdge, where: string): Promise<void> {
  const list = await readFile(join(folder, 'crt-list'), 'utf8');
  for (const [, path = ''] of list.matchAll(/^([^#\s]\S*)/gm)) {
    const text = await readFile(path, 'utf8').catch(() => assert.fail(`${where}: ${path} is missing`));
    assert.doesNotThrow(() => createSecureContext({ cert: text, key: text }), `${where}: ${path}`);
    assert.equal(basename(path, '.pem'), copyNameOf(text), `${where}: its copy was overwritten`);
  }
}
