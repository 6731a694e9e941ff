// For tests: kills everything at one moment. gitpuller is process 1 of a pid namespace, so the kernel ends
// every other process in it as well, as in a container. Also kills a git while gitpuller lives.
import assert from 'node:assert/strict';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalProcess } from '@freehold/testing/strace';
import { waitFor } from '@freehold/testing/wait-for';
import { findProcessesOf } from './end-processes.ts';
import type { KillCase } from './kill-under-test.ts';
import { isRoot, mainFile, startProcess } from './site-under-test.ts';

const namespace = [
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];
const probe = startProcess('unshare', [...namespace, 'true'], { PATH: process.env.PATH });
const canUnshare = (await probe.ended.catch(() => ({ code: 1 }))).code === 0;

/** Why a test that needs a pid namespace is skipped. */
export const withNamespace = { skip: canUnshare ? false : 'pid namespaces are not available here' };

function start({ site, argv }: KillCase) {
  return startProcess('unshare', [...namespace, process.execPath, mainFile, ...argv], {
    PATH: process.env.PATH,
    FREEHOLD_DATA: site.data,
    FREEHOLD_GIT_REPOSITORIES: join(site.data, 'git'),
    TMPDIR: site.path('..'),
  });
}

/** The duration of a whole run, in milliseconds. */
async function measure(one: KillCase): Promise<number> {
  const begun = performance.now();
  const { code, lines } = await start(one).ended;
  const took = performance.now() - begun;
  assert.equal(code, 0, lines.join('\n'));
  await one.restore();
  return took;
}

/**
 * Starts a run and kills it with all its processes after this many milliseconds; false if it had ended by
 * then.
 */
async function killAfter(one: KillCase, ms: number): Promise<boolean> {
  const { child, ended } = start(one);
  await delay(ms);
  child.kill('SIGKILL');
  return (await ended).signal === 'SIGKILL';
}

/**
 * Kills everything after each of these fractions of a run's duration, and asserts that the next run succeeds.
 */
export async function killAllAt(one: KillCase, parts: readonly number[]): Promise<void> {
  let whole = await measure(one);
  for (const part of parts) {
    // If it had ended by then, the machine is faster than before.
    while (!(await killAfter(one, whole * part))) {
      await one.restore();
      whole = Math.min(whole * 0.9, await measure(one));
    }
    await one.assertWhole();
    await one.assertNextRunFinishes();
    await one.restore();
  }
}

/**
 * Kills the first, second, … git of a run while gitpuller lives: the run fails with a reason or recovers, and
 * the next one succeeds. False if the run had no such git.
 */
export async function killGit(one: KillCase, count: number): Promise<boolean> {
  const folder = join(one.site.data, `git-${count}`);
  const { child, ended } = one.site.start(one.argv, { PATH: await makeHaltingGit(folder, count) });
  const hasHalted = () =>
    access(join(folder, 'halted')).then(
      () => true,
      () => false,
    );
  await waitFor('git to halt or the run to end', async () => child.exitCode !== null || (await hasHalted()));
  const kills = (await findProcessesOf(one.site.path())).filter((pid) => signalProcess(pid, 'SIGKILL'));
  const { code, lines } = await ended;
  if (code !== 0)
    assert.match(lines.at(-1) ?? '', /^<3>example\.com was not pulled .* The site stays at [0-9a-f]{7}\.$/);
  await one.assertWhole();
  await one.assertNextRunFinishes();
  await one.restore();
  return kills.length > 0;
}

/** A folder for PATH with a git that halts after its work when it is called for the `count`th time. */
async function makeHaltingGit(folder: string, count: number): Promise<string> {
  await mkdir(folder);
  const script = `#!/bin/sh
export PATH='${process.env.PATH}'
echo >>${folder}/calls
[ "$(wc -l <${folder}/calls)" -eq ${count} ] || exec git "$@"
git "$@"
touch ${folder}/halted
exec sleep 1000
`;
  await writeFile(join(folder, 'git'), script, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}
