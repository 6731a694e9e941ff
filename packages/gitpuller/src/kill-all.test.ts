// Everything killed at one moment: gitpuller is process 1 of a pid namespace, with which the kernel ends every process in
// it, as it does with a container's. And, the other way round, every git killed while gitpuller lives.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcessesOf } from './end-processes.ts';
import { type KillCase, makeKillCase } from './kill-under-test.ts';
import { isRoot, mainFile, startProcess } from './site-under-test.ts';

const namespace = [
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];
const moments = 14;

const probe = startProcess('unshare', [...namespace, 'true'], { PATH: process.env.PATH });
const canUnshare = (await probe.ended.catch(() => ({ code: 1 }))).code === 0;

function start({ site, argv }: KillCase) {
  return startProcess('unshare', [...namespace, process.execPath, mainFile, ...argv], {
    PATH: process.env.PATH,
    FREEHOLD_DATA: site.data,
    FREEHOLD_GIT_REPOSITORIES: join(site.data, 'git'),
    TMPDIR: site.path('..'),
  });
}

/** How long a run takes from its start to its end, in milliseconds. */
async function measure(one: KillCase): Promise<number> {
  const begun = performance.now();
  const { code, lines } = await start(one).ended;
  const took = performance.now() - begun;
  assert.equal(code, 0, lines.join('\n'));
  await one.restore();
  return took;
}

/** Starts a run and kills it, with all that it started, after so many milliseconds: false if it had ended by then. */
async function killAfter(one: KillCase, ms: number): Promise<boolean> {
  const { child, ended } = start(one);
  await delay(ms);
  child.kill('SIGKILL');
  return (await ended).signal === 'SIGKILL';
}

for (const kind of ['first', 'update'] as const) {
  test(`Everything that works on ${kind === 'first' ? 'a first pull' : 'an update'} is killed at once, at moments over all of it: the next run finishes.`, {
    skip: canUnshare ? false : 'no pid namespace can be made here',
  }, async () => {
    const one = await makeKillCase(kind);
    let whole = await measure(one);
    let kills = 0;
    for (let moment = 1; moment <= moments; moment += 1) {
      const wasKilled = await killAfter(one, (whole * moment) / (moments + 1));
      await one.assertWhole();
      await one.assertNextRunFinishes();
      await one.restore();
      if (wasKilled) kills += 1;
      // The machine is faster than it was.
      else whole = Math.min(whole, await measure(one));
    }
    assert.ok(kills >= moments / 2, `${kills} kills`);
    await one.site.remove();
  });
}

/** A folder for PATH with a git that takes its time, so that one can be found at work on any machine. */
async function makeSlowGit(path: string): Promise<string> {
  await mkdir(path);
  await writeFile(join(path, 'git'), `#!/bin/sh\nsleep 0.1\nPATH='${process.env.PATH}' exec git "$@"\n`, {
    mode: 0o755,
  });
  return `${path}:${process.env.PATH}`;
}

test('Every git that is found at work is killed: the run fails with a reason or makes up for it, and the next one finishes.', async () => {
  const one = await makeKillCase('update');
  const PATH = await makeSlowGit(join(one.site.data, 'slow'));
  let kills = 0;
  for (let skipped = 0; skipped < 6; skipped += 1) {
    const { ended } = one.site.start(one.argv, { PATH });
    let isRunning = true;
    void ended.then(() => {
      isRunning = false;
    });
    const seen = new Set<number>();
    while (isRunning) {
      for (const pid of await findProcessesOf(one.site.path())) seen.add(pid);
      // The first few live; then one dies.
      if (seen.size > skipped) break;
    }
    for (const pid of await findProcessesOf(one.site.path())) kills += kill(pid);
    const { code, lines } = await ended;
    if (code !== 0)
      assert.match(
        lines.at(-1) ?? '',
        /^<3>example\.com was not pulled .* The site goes on with [0-9a-f]{7}\.$/,
      );
    await one.assertWhole();
    await one.assertNextRunFinishes();
    await one.restore();
  }
  assert.ok(kills >= 6, `${kills} kills`);
  await one.site.remove();
});

function kill(pid: number): number {
  try {
    process.kill(pid, 'SIGKILL');
    return 1;
  } catch {
    return 0;
  }
}
