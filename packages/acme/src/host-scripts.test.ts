// The shell around acme on a host. The paths of a host are replaced by those of a temporary folder.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const execute = promisify(execFile);
const scripts = join(import.meta.dirname, '../../../scripts');

async function copyOf(script: string, to: string, replaced: readonly [string, string][]): Promise<string> {
  let text = await readFile(join(scripts, script), 'utf8');
  for (const [from, by] of replaced) text = text.replaceAll(from, by);
  const path = join(to, 'script.sh');
  await writeFile(path, text);
  return path;
}

test('an announced site stays announced where its certificate cannot be asked for', async () => {
  const folder = await temporaryFolder();
  try {
    await writeFile(join(folder.path, 'curl'), '#!/bin/sh\nexit 0\n');
    await chmod(join(folder.path, 'curl'), 0o755);
    // Nothing can be written in /proc, as on a full disk.
    const script = await copyOf('host/call-discovery.sh', folder.path, [['/data/acme/requests', '/proc']]);
    const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}` };
    const { stdout } = await execute('dash', [script, 'announce', 'a.test'], { env });
    assert.match(stdout, /^<4>a\.test: Cannot ask for its certificate/);
  } finally {
    await folder.remove();
  }
});

for (const kind of ['that is not there', 'that cannot be made'] as const) {
  test(`requests do not stay where their next folder is one ${kind}`, async () => {
    const folder = await temporaryFolder();
    try {
      await mkdir(join(folder.path, 'requests'));
      await writeFile(join(folder.path, 'requests/a.test'), '');
      if (kind === 'that cannot be made') await writeFile(join(folder.path, 'asked'), '');
      const script = await copyOf('host/acme-is-due.sh', folder.path, [['/data/acme', folder.path]]);
      await execute('dash', [script]);
      assert.deepEqual(await readdir(join(folder.path, 'requests')), []);
      if (kind === 'that is not there')
        assert.deepEqual(await readdir(join(folder.path, 'asked')), ['a.test']);
    } finally {
      await folder.remove();
    }
  });
}

test('nothing stays in the folder that wakes up acme, regardless of its type', async () => {
  const folder = await temporaryFolder();
  try {
    const woken = join(folder.path, 'woken');
    await mkdir(join(woken, 'folder/in'), { recursive: true });
    await symlink('/nowhere', join(woken, 'link'));
    const script = await copyOf('host/acme-is-due.sh', folder.path, [
      ['/data/acme', folder.path],
      ['/run/freehold/acme', woken],
    ]);
    await writeFile(join(folder.path, 'next'), String(Math.ceil(Date.now() / 1000) + 10_000));
    await execute('dash', [script]);
    assert.deepEqual(await readdir(woken), []);
  } finally {
    await folder.remove();
  }
});

const setup = `
host_env=host.env
say() { echo "$*"; }
refuse() { echo "refused: $*"; exit 2; }
setting() { case $1 in FREEHOLD_OPERATOR) echo "$STORED" ;; *) echo "\${2:-}" ;; esac; }
source "$0"
check_operator "$1" ''
wants_certificates && echo on || echo off
`;
const checkOperator = async (given: string, stored: string): Promise<string> => {
  const script = join(scripts, 'setup/certificates.sh');
  const env = { ...process.env, STORED: stored };
  const run = await execute('bash', ['-uc', setup, script, given], { env }).catch((error) => error);
  return run.stdout;
};

test('setup.sh leaves certificates off on a member whose role in etcd is of an earlier version', async () => {
  const member = `
set -euo pipefail
host_env=host.env certificate_keys=$0
setting() { case $1 in FREEHOLD_OPERATOR) echo you@example.org ;; FREEHOLD_ETCD_CERT) echo cert ;; *) echo "\${2:-}" ;; esac; }
by_etcdctl() { echo "$ANSWER"; [ -z "$ANSWER" ]; }
source "$0"
fault_of_member
wants_certificates && echo on || echo off
`;
  const setUp = async (answer: string) => {
    const env = { ...process.env, ANSWER: answer };
    return (await execute('bash', ['-c', member, join(scripts, 'setup/certificates.sh')], { env })).stdout;
  };
  assert.match(await setUp('Error: etcdserver: permission denied'), /^this member may not read.*\noff\n$/);
  assert.equal(await setUp('Error: context deadline exceeded'), 'on\n');
  assert.equal(await setUp(''), 'on\n');
});

test('setup.sh continues without certificates if host.env has an address that CAs reject', async () => {
  assert.match(
    await checkOperator('', 'admin@localhost'),
    /^Warning: .* FREEHOLD_OPERATOR in host\.env is 'admin@localhost'.*\noff\n$/,
  );
  assert.equal(await checkOperator('', 'you@example.org'), 'on\n');
  assert.equal(await checkOperator('', ''), 'off\n');
  assert.match(await checkOperator('admin@localhost', ''), /^refused: 'admin@localhost'/);
});
