// A disk that is really full: a tmpfs of 2 MB.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestHost } from './host-under-test.ts';

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

const options = { skip: mayMount() ? false : 'a small disk can only be mounted by root' };

test('with a full disk nothing is ordered, and the reason is reported', options, async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const { home } = host.layout;
  await mkdir(home);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', home]);
  using _mounted = { [Symbol.dispose]: () => void execFileSync('umount', [home]) };
  const ballast = join(home, 'ballast');
  await writeFile(ballast, Buffer.alloc(1_500_000));
  const { code, output } = await host.run(['--all']);
  assert.equal(code, 1);
  assert.match(output, /The disk of .*acme is full: 0\.\d MB are free/);
  assert.doesNotMatch(host.pebble.output(), /Added order/);
  await rm(ballast);
  const again = await host.run(['--all']);
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, /a\.test has a new certificate/);
});
