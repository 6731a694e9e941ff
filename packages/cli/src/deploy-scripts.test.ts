// Which program the scripts of a control machine and of a host run, with programs in the place of freehold and Docker.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');

async function prepare(context: TestContext) {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  const put = async (path: string, text: string) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
    await chmod(join(folder, path), 0o755);
  };
  const version = join(folder, 'freehold-v2');
  await cp(scripts, join(version, 'scripts'), { recursive: true });
  await put('freehold-v2/scripts/freehold', '#!/bin/sh\necho "<$FREEHOLD_PROGRAM> $*"\n');
  await put('freehold-v2/scripts/build-images.sh', '#!/bin/sh\necho "built $*" >&2; exit 1\n');
  const run = (script: string, ...words: string[]) =>
    execFileSync('bash', [join(version, 'scripts', script), ...words], {
      encoding: 'utf8',
      env: { PATH: `${folder}/bin:${process.env.PATH}`, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return { folder, put, run };
}

test('an emergency needs no Docker on the control machine', async (context) => {
  const { put, run } = await prepare(context);
  await put('bin/docker', '#!/bin/sh\nexit 1\n');
  assert.equal(run('deploy/deploy.sh', 'h1', '--to', 'v1'), '<> server roll-back h1 --to v1\n');
  assert.equal(run('deploy/back-up.sh', 'all'), '<> server back-up all\n');
  assert.equal(run('deploy/restore.sh', 'h1', 'x.gz', '--even-so'), '<> server restore h1 x.gz --even-so\n');
  assert.equal(run('deploy/restore.sh', 'h1', 'x.gz', 'a.test'), '<> site restore h1 x.gz a.test\n');
  assert.equal(run('deploy/restore.sh', 'x.gz', '--list'), '<> server restore --list x.gz\n');
  assert.equal(run('deploy/import-site.sh', 'h1', 'a.test', 'x'), '<> server import h1 a.test x\n');
  assert.equal(run('deploy/run.sh', 'h1', '--', 'ls'), '<> server run h1 -- ls\n');
  assert.equal(
    run('deploy/add-site.sh', '--app', 'x', 'h1', 'a.test', '--from', 'a b'),
    '<> site add --on h1 --app x --from a b a.test\n',
  );
});

test("scripts of a host run their own version's program, or the installed one where there is no image", async (context) => {
  if (process.getuid?.() !== 0) return context.skip('Only root runs them.');
  const { folder, put, run } = await prepare(context);
  const programs = join(folder, 'programs');
  const file = 'freehold-v2/scripts/setup/programs.sh';
  const text = await readFile(join(folder, file), 'utf8');
  await put(file, text.replace(/^programs=.*$/m, `programs=${programs}`));
  await mkdir(join(programs, 'cli-abc'), { recursive: true });
  await put('bin/docker', '#!/bin/sh\nexit 1\n');
  assert.equal(run('host/check-databases.sh', 'v1'), '<> switch-step check-databases v1\n');
  await put('bin/docker', '#!/bin/sh\n[ "$5" = freehold/cli:v2 ] && echo sha256:abc\n');
  const own = `<${programs}/cli-abc>`;
  assert.equal(run('host/check-databases.sh', 'v1'), `${own} switch-step check-databases v1\n`);
  assert.equal(run('host/list-versions.sh'), `${own} switch-step list\n`);
  assert.equal(run('host/restore.sh', 'a.test'), `${own} restore-backup a.test\n`);
  assert.equal(run('host/back-up.sh'), `${own} back-up-step\n`);
  assert.equal(run('host/receive-certificate.sh', 'a.test'), `${own} receive-certificate a.test\n`);
  assert.equal(
    run('remove-site.sh', 'a.test', '--delete-data'),
    `${own} site remove --yes a.test --delete-data\n`,
  );
  assert.equal(
    run('host/check-certs.sh', '--days', '5', 'a.test'),
    `${own} check-certificates --days 5 a.test\n`,
  );
  assert.equal(
    run('mail.sh', '--as', '/k', 'remove', '*@a.test'),
    `${own} mail-step --as /k remove *@a.test\n`,
  );
  assert.equal(run('list-sites.sh', '--json'), `${own} site list --json\n`);
  assert.equal(run('roll-back.sh', 'a.test', 'abc'), `${own} site roll-back a.test abc\n`);
  assert.equal(run('dump-site.sh', 'a.test'), `${own} site dump a.test\n`);
});

test('scripts of a control machine become commands that work on servers', async (context) => {
  const { put, run } = await prepare(context);
  await put('bin/docker', '#!/bin/sh\nexit 1\n');
  assert.equal(
    run('deploy/remove-site.sh', 'h1', 'a.test', '--delete-data'),
    '<> site remove --yes --on h1 a.test --delete-data\n',
  );
  assert.equal(
    run('deploy/approve-certs.sh', 'h1', 'a.pem', 'b.pem'),
    '<> cert install --on h1 a.pem b.pem\n',
  );
  assert.equal(
    run('deploy/check-cert.sh', 'h1', '--domain', 'a.test', 'h2', '--days', '5'),
    '<> server run h1 h2 -- /opt/freehold/scripts/host/check-certs.sh a.test --days 5\n',
  );
});

test('a program of an older version, which calls the script of a command, is refused', async (context) => {
  const { put, run } = await prepare(context);
  await put('bin/docker', '#!/bin/sh\nexit 1\n');
  await put('freehold-v2/scripts/freehold', '#!/bin/sh\nexec bash "$(dirname "$0")/dump-site.sh" "$3"\n');
  assert.throws(() => run('dump-site.sh', 'a.test'), /is of an older version than its scripts/);
});

test('scripts that add a site explain themselves, and pass their words on to the command', async (context) => {
  const { run } = await prepare(context);
  for (const name of ['add-site.sh', 'deploy/add-site.sh', 'host/receive-delivery.sh'])
    assert.match(run(name, '--help'), new RegExp(`scripts/${name} `));
  assert.equal(run('add-site.sh', 'a.test', '--git', '-'), '<> site add a.test --git -\n');
  assert.equal(
    run('host/receive-delivery.sh', 'a.test', 'import', 'folder'),
    '<> upload-step a.test import folder\n',
  );
  assert.throws(() => run('deploy/add-site.sh', 'h1'), /Missing arguments: SERVER DOMAIN/);
});
