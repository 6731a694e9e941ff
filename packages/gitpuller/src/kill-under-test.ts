// For tests that kill: a site that is reset to the same state each time, and the conditions that hold after
// every kill.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sameCalls, wasKilled } from '@freehold/testing/strace';
import {
  domain,
  findLeftovers,
  mainFile,
  makeSite,
  type SiteUnderTest,
  startProcess,
} from './site-under-test.ts';

export const kinds = { first: 'a first pull', update: 'an update', rollback: 'a rollback' } as const;
export type Kind = keyof typeof kinds;

/** Enough files for a checkout to have a middle. */
const count = 20;
const version = (text: string) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`folder-${index % 3}/page-${index}.html`, text]),
  );

export interface KillCase {
  readonly site: SiteUnderTest;
  readonly argv: readonly string[];
  /** Resets everything to the state before the first kill. */
  restore(): Promise<void>;
  /** Visitors see one complete commit; nothing at all is correct only if there was nothing before. */
  assertWhole(): Promise<void>;
  /** The next run completes the work, leaves nothing behind, and the run after that has nothing to do. */
  assertNextRunFinishes(): Promise<void>;
}

/**
 * A system call with which gitpuller changes something on disk or starts a git: the first, second, … of its
 * kind.
 */
export interface Step {
  readonly call: string;
  readonly count: number;
}

/**
 * Kills gitpuller, but not its git, at a step, using strace, and asserts that the next run succeeds. Its git
 * continues for a moment as an orphan. False if the run did not reach the step.
 */
export async function killAndFinish(one: KillCase, step: Step): Promise<boolean> {
  await one.restore();
  if (!(await runUntil(one, step))) return false;
  await one.assertWhole();
  await one.assertNextRunFinishes();
  return true;
}

/** Whether the program was killed; false if it did not reach the call. */
async function runUntil({ site, argv }: KillCase, { call, count }: Step): Promise<boolean> {
  // strace detaches from each process that executes another program (-b execve).
  const trace = ['-f', '-b', 'execve', '-o', '/dev/null', '-e', `trace=${call}`];
  const inject = ['-e', `inject=${call}:signal=KILL:when=${count}`];
  const { child, ended } = startProcess(
    'strace',
    [...trace, ...inject, process.execPath, mainFile, ...argv],
    {
      PATH: process.env.PATH,
      FREEHOLD_DATA: site.data,
      FREEHOLD_GIT_REPOSITORIES: join(site.data, 'git'),
      TMPDIR: site.path('..'),
      ...sameCalls,
    },
  );
  const { code, lines } = await ended;
  if (wasKilled(child)) return true;
  assert.equal(code, 0, lines.join('\n'));
  return false;
}

/** `first` pull of a site, an `update` of one, or a `rollback` after two. */
export async function makeKillCase(kind: Kind): Promise<KillCase> {
  const site = await makeSite();
  const texts = new Map<string, string>();
  const commit = async (text: string) => {
    const id = await site.repository.commit(version(text));
    texts.set(id, text);
    return id;
  };
  const one = await commit('one');
  if (kind !== 'first') assert.equal((await site.run()).code, 0);
  const two = await commit('two');
  if (kind === 'rollback') assert.equal((await site.run()).code, 0);
  const argv = kind === 'rollback' ? [domain, '--to', one] : [domain];
  const goal = kind === 'rollback' ? one : two;
  const saved = `${site.path()}.saved`;
  // With its times: files older than a second need no wait for the next one.
  execFileSync('cp', ['--archive', site.path(), saved]);
  const restore = async () => {
    await rm(site.path(), { recursive: true });
    execFileSync('cp', ['--archive', saved, site.path()]);
  };
  const assertWhole = async () => {
    const folder = await realpath(site.path('www-content')).catch(() => undefined);
    if (folder === undefined) return assert.equal(kind, 'first', 'nothing is served any more');
    const text = texts.get(basename(folder).slice(0, 40));
    assert.ok(text !== undefined, folder);
    for (const name of Object.keys(version(text)))
      assert.equal(await readFile(join(folder, name), 'utf8'), text);
  };
  const assertNextRunFinishes = async () => {
    const { code, lines } = await site.run(argv);
    assert.equal(code, 0, lines.join('\n'));
    assert.equal(await site.served(), goal);
    await assertWhole();
    assert.deepEqual(await findLeftovers(site), []);
    const after = await site.run();
    assert.equal(after.code, 0, after.lines.join('\n'));
    assert.equal(await site.served(), goal, after.lines.join('\n'));
    assert.ok((await readdir(site.path('worktrees'))).length <= 3);
  };
  return { site, argv, restore, assertWhole, assertNextRunFinishes };
}
