// An app consists only of new files: a toy is added to a copy of the repository, which is built, copied to
// the host, and serves it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { fetchPage, untilStatus } from './fetch.ts';
import { exec, hostName, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { run } from './run.ts';
import { toyFiles } from './toy-app.ts';

const top = join(import.meta.dirname, '../../..');
const site = 'toys.test';
const units = [`toy@${site}`, `import@${site}`, `discovery@${site}`];
const declaration = '/usr/local/lib/freehold/apps/toy.conf';
let copy = '';
/** Whether the host has what it had before. */
let isRestored = false;

/**
 * Runs a script of this machine in a folder, with `$1` and so on, and returns its output; throws if it fails.
 */
async function here(folder: string, script: string, ...args: string[]): Promise<string> {
  const words = ['-euo', 'pipefail', '-c', `cd "$0"; ${script}`, folder, ...args];
  const { code, stdout, stderr } = await run('bash', words);
  assert.equal(code, 0, `${script}: ${stderr}${stdout}`);
  return stdout.trim();
}

/** This working copy as a separate repository, without build results. */
async function copyRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  const pack = 'tar --create --null --verbatim-files-from --files-from - --ignore-failed-read';
  await here(
    top,
    `git ls-files -z --cached --others --exclude-standard | ${pack} | tar --extract --directory "$1"`,
    folder,
  );
  const commit = 'git -c user.name=Test -c user.email=test@freehold.test commit --quiet --message copy';
  await here(folder, `git init --quiet; git add --all; ${commit}`);
  return folder;
}

async function addToy(): Promise<void> {
  const files = await toyFiles(copy);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(copy, dirname(path)), { recursive: true });
    await writeFile(join(copy, path), text, { flag: 'wx' });
  }
  const status = (await here(copy, 'git status --porcelain --untracked-files=all')).split('\n');
  const added = Object.keys(files).map((path) => `?? ${path}`);
  assert.deepEqual(status.toSorted(), added.toSorted(), 'only new files');
}

/**
 * The host's import is replaced by one with the toy, built from the copy's bundle and the rest of the host's
 * image. Only there: other tests use this machine's images too.
 */
async function bringImport(): Promise<void> {
  await symlink(join(top, 'node_modules'), join(copy, 'node_modules'));
  await here(join(copy, 'packages/import'), '"$1" ../build/src/main.ts', process.execPath);
  await here(
    join(copy, 'packages/import/dist'),
    `printf '%s\\n' 'FROM freehold/import' 'COPY import.mjs /import.mjs' >Dockerfile
     tar --create Dockerfile import.mjs | docker exec --interactive "$1" docker build --quiet --tag freehold/import:latest -`,
    hostName,
  );
  await exec([`${repository}/scripts/setup.sh`, hostName]);
}

before(async () => {
  copy = await copyRepository();
  await addToy();
  await here(copy, 'scripts/build-images.sh --no-sizes toy');
  await here(copy, 'scripts/throwaway-copy.sh "$1"', hostName);
  await bringImport();
});

// Whatever has failed, later tests find the host unchanged.
after(async () => {
  await tryExec(['systemctl', 'disable', '--quiet', '--now', `toy@${site}`]);
  await tryExec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
  await shell(`rm -f /etc/systemd/system/{toy@.service,retry-on-change@.path.d/toy.conf} ${declaration}`);
  if (!isRestored) await here(top, 'scripts/throwaway-copy.sh "$1" --set-up', hostName);
  await shell('systemctl daemon-reload; docker image rm freehold/toy || true');
  await here(top, 'docker image rm freehold/toy || true');
  if (copy) await rm(copy, { recursive: true, force: true });
});

hostTest('a site of an app that was added only by new files is created and served', units, async () => {
  await exec(['systemctl', 'enable', '--quiet', '--now', `toy@${site}`]);
  assert.equal((await untilStatus(site, 200)).body, `A toy for ${site}\n`);
  assert.equal((await fetchPage(site, { path: '/none' })).body, 'The toy has no such page\n');
});

hostTest(
  'scripts support the app: they list its site, find the test of its image, remove and add it',
  units,
  async () => {
    assert.match(await exec([`${repository}/scripts/list-sites.sh`]), new RegExp(`${site} +toy +active`));
    assert.match(await shell(`source ${repository}/scripts/apps-lib.sh; declared Test`), /^toy nginx -v$/m);
    await exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
    await untilStatus(site, 404);
    await exec([`${repository}/scripts/add-site.sh`, site, '--app', 'toy']);
    assert.equal((await untilStatus(site, 200)).body, `A toy for ${site}\n`);
    await exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
  },
);

hostTest('a version without the app removes its declaration', units, async () => {
  await exec(['test', '-e', declaration]);
  await here(top, 'scripts/throwaway-copy.sh "$1" --set-up', hostName);
  assert.notEqual((await tryExec(['test', '-e', declaration])).code, 0);
  isRestored = true;
  const { stderr } = await tryExec([`${repository}/scripts/add-site.sh`, site, '--app', 'toy']);
  assert.match(stderr, /This host has no app 'toy'/);
});
