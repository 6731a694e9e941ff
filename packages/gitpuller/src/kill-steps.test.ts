// gitpuller, and not its git, killed with SIGKILL at each system call with which it changes anything on disk, by strace
// (Debian package strace). Its git goes on for a moment, as an orphan, and the next run has to cope with that too.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type KillCase, makeKillCase } from './kill-under-test.ts';
import { mainFile, startProcess } from './site-under-test.ts';

/** The last is how a git is started. */
const calls = ['mkdir', 'rename', 'symlink', 'unlink', 'rmdir', 'fsync', 'utimensat', 'clone'];

const probe = startProcess('strace', ['-b', 'execve', '-o', '/dev/null', 'true'], { PATH: process.env.PATH });
const canTrace = (await probe.ended.catch(() => ({ code: 1 }))).code === 0;

/** Whether the program was killed; false if it got through without the call. */
async function runUntil({ site, argv }: KillCase, call: string, count: number): Promise<boolean> {
  // It lets go of each process that becomes another program (-b execve).
  const trace = ['-f', '-b', 'execve', '-o', '/dev/null', '-e', `trace=${call}`];
  const inject = ['-e', `inject=${call}:signal=KILL:when=${count}`];
  const { ended } = startProcess('strace', [...trace, ...inject, process.execPath, mainFile, ...argv], {
    PATH: process.env.PATH,
    FREEHOLD_DATA: site.data,
    FREEHOLD_GIT_REPOSITORIES: join(site.data, 'git'),
    TMPDIR: site.path('..'),
    // One thread does all work on files, so that strace's count, which is by thread, is the program's.
    UV_THREADPOOL_SIZE: '1',
  });
  const { code, signal, lines } = await ended;
  if (signal === 'SIGKILL' || code === 137) return true;
  assert.equal(code, 0, lines.join('\n'));
  return false;
}

describe('What is killed at any of its steps', { concurrency: 3 }, () => {
  const kinds = { first: 'A first pull', update: 'An update', rollback: 'A rollback' } as const;
  for (const kind of ['first', 'update', 'rollback'] as const) {
    test(`${kinds[kind]} that is killed at any of its steps leaves one whole commit, and the next run finishes.`, {
      skip: canTrace ? false : 'strace cannot be used here',
    }, async () => {
      const one = await makeKillCase(kind);
      let kills = 0;
      for (const call of calls) {
        for (let count = 1; ; count += 1) {
          await one.restore();
          if (!(await runUntil(one, call, count))) break;
          await one.assertWhole();
          kills += 1;
          await one.assertNextRunFinishes();
        }
      }
      assert.ok(kills >= (kind === 'rollback' ? 8 : 12), `${kills} kills`);
      await one.site.remove();
    });
  }
});
