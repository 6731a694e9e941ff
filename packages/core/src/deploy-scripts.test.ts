// Decisions of scripts/deploy/back-up.sh and restore.sh on the operator's machine. A program that answers for
// the servers replaces ssh. packages/e2e tests them with real servers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const execute = promisify(execFile);
const scripts = join(import.meta.dirname, '../../../scripts/deploy');

// The last argument is the command, the one before it the server. Each server's answer is in a file with its
// name.
const ssh = `#!/bin/bash
command=\${!#} server=\${*: -2:1}
case "$*" in
  *' -G '*) echo 'user root' ;;
  *host/back-up.sh*) cat "$ANSWERS/backup.tar.gz" ;;
  *list-sites.sh*) cat "$ANSWERS/$server" || exit 255 ;;
  *host/restore.sh*) cat >/dev/null; echo "RUNS $command" ;;
esac
`;

async function prepare(sites: string, folders: readonly string[]) {
  const root = await temporaryFolder();
  const [bin, tree, to] = ['bin', 'tree', 'to'].map((name) => join(root.path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [bin, to, join(tree, 'backup'), join(tree, 'domains'), join(tree, 'import')])
    await mkdir(folder, { recursive: true });
  for (const folder of folders) await mkdir(join(tree, 'domains', folder), { recursive: true });
  await writeFile(join(tree, 'backup/sites'), sites);
  await writeFile(join(tree, '.whole'), '');
  await writeFile(join(bin, 'ssh'), ssh);
  await chmod(join(bin, 'ssh'), 0o755);
  const archive = join(root.path, 'backup.tar.gz');
  await execute('tar', ['-czf', archive, '-C', tree, 'backup', 'domains', 'import', '.whole']);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    ANSWERS: root.path,
    FREEHOLD_CONFIG: join(root.path, 'config'),
    FREEHOLD_SERVERS: join(root.path, 'servers'),
  };
  const run = (script: string, ...args: string[]) =>
    execute(join(scripts, script), args, { env }).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
    );
  return { path: root.path, to, archive, run, [Symbol.asyncDispose]: root.remove };
}

test('a backup in which the folder of a site is missing or empty is a failure, and the message contains the site', async () => {
  await using whole = await prepare('static a.test\n- off.test\n', ['a.test/static', 'off.test']);
  const good = await whole.run('back-up.sh', 'h1.test', '--to', whole.to);
  assert.equal(good.code, 0, good.output);
  assert.equal((await readdir(whole.to)).length, 1);
  await using partial = await prepare('static a.test\nstatic b.test\nwordpress c.test\n', [
    'a.test/static',
    'b.test',
  ]);
  const { code, output } = await partial.run('back-up.sh', 'h1.test', '--to', partial.to);
  assert.equal(code, 1);
  assert.match(output, /The backup of h1\.test has no data of these sites: b\.test c\.test\./);
});

test('a site that runs, or may run, on another server of the list is not restored', async () => {
  await using backup = await prepare('static a.test\nstatic b.test\nstatic c.test\n', [
    'a.test/s',
    'b.test/s',
    'c.test/s',
  ]);
  const say = (server: string, text: string) => writeFile(join(backup.path, server), text);
  await say('servers', 'h1.test\nadmin@h2.test # the second\n10.0.0.1\n');
  await say('h1.test', 'host h1.test\nsite a.test\n');
  await say('10.0.0.1', 'host h1.test\nsite a.test\n');
  await say('admin@h2.test', 'host h2.test\nsite b.test\nsite other.test\n');
  const restore = (...args: string[]) => backup.run('restore.sh', 'h1.test', backup.archive, ...args);
  const all = await restore();
  assert.match(all.output, /RUNS \S+restore\.sh' '--elsewhere' 'b\.test=h2\.test'$/m);
  assert.match((await restore('c.test')).output, /RUNS \S+restore\.sh' 'c\.test'$/m);
  assert.match(
    (await restore('c.test', 'b.test')).output,
    /'--elsewhere' 'b\.test=h2\.test' 'c\.test' 'b\.test'$/m,
  );
  await say('servers', 'h1.test\nh3.test\n');
  const unknown = await restore();
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /some servers did not answer, so it is unknown which sites they have/);
  assert.doesNotMatch(unknown.output, /RUNS/);
  assert.match((await restore('--even-so')).output, /RUNS \S+restore\.sh' '--even-so'$/m);
});
