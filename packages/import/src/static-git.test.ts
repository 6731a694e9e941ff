// Sites from a git repository: import has no network, so gitpuller clones it. import installs
// the address, and keys that nobody else may read.
import assert from 'node:assert/strict';
import { chmod, chown, link, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { tar } from './archive-under-test.ts';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const home = 'domains/example.com/static-git';
const runtime = 'runtime/domains/example.com/static-git';
const address = 'https://git.example.org/site.git main\n';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const run = () => site.run(['example.com', '--app', 'static-git']);

/** Owner, group and mode; only root can change owners. */
async function kept(path: string): Promise<string> {
  const { uid, gid, mode } = await stat(site.path(path));
  return isRoot ? `${uid}:${gid} ${(mode & 0o7777).toString(8)}` : (mode & 0o7777).toString(8);
}
const keptAs = (owner: string, mode: string) => (isRoot ? `${owner} ${mode}` : mode);

async function assertKept(): Promise<void> {
  const expected = {
    '': keptAs('0:0', '755'),
    GITURL: keptAs('0:10003', '640'),
    WEBHOOK_SECRET: keptAs('10003:10003', '600'),
    id_ed25519: keptAs('10003:10003', '600'),
    known_hosts: keptAs('10003:10003', '644'),
  };
  for (const [name, right] of Object.entries(expected))
    assert.equal(await kept(`${home}/${name}`), right, name);
}

const files = { GITURL: address, WEBHOOK_SECRET: 's', id_ed25519: 'key', known_hosts: 'host' };

test('The address alone is a valid upload, and gitpuller gets a folder to work in.', async () => {
  await site.write({ 'import/example.com/static-git/GITURL': address });
  assert.match((await run()).join(), /Imported the data of example\.com from .*import\/example\.com\./);
  assert.equal(await site.read(home, 'GITURL'), address);
  assert.equal(await kept(runtime), keptAs('10003:10003', '755'));
  assert.equal(await kept('runtime/domains/example.com'), keptAs('0:0', '755'));
  assert.equal(await kept('runtime/domains'), keptAs('0:0', '711'));
  assert.deepEqual(await readdir(site.path('import')), []);
});

test('Without an address, an error explains what the owner must write, and where.', async () => {
  const question =
    /static-git@example\.com has no data: Write the address .* into \S+\/domains\/example\.com\/static-git\/GITURL, on one line/;
  await assert.rejects(run(), { name: 'FreeholdError', code: 'failed', message: question });
  await site.write({ [`${home}/GITURL`]: '' });
  await assert.rejects(run(), question);
  assert.deepEqual(await readdir(site.path('runtime')), ['haproxy', 'import']);
});

test('An upload without an address is refused, and so is one with a link instead of the address.', async () => {
  await site.write({ 'import/example.com/static-git/known_hosts': 'x' });
  await assert.rejects(run(), /it contains no static-git\/GITURL, which static-git@example\.com serves/);
  await site.write({ 'secret.txt': 'secret' });
  await symlink('known_hosts', site.path('import/example.com/static-git/GITURL'));
  await assert.rejects(run(), /GITURL must be a file but is a symbolic link/);
  assert.deepEqual(await readdir(site.path('domains')), []);
});

test('Only the users that need them can read keys and passwords, from a folder, an archive, and at every later run.', async () => {
  for (const [name, text] of Object.entries(files))
    await site.write({ [`import/example.com/static-git/${name}`]: text });
  await run();
  await assertKept();
  for (const name of Object.keys(files)) {
    await chmod(site.path(home, name), 0o666);
    if (isRoot) await chown(site.path(home, name), 1, 1);
  }
  await chmod(site.path(home), 0o777);
  await chmod(site.path(runtime), 0o777);
  await writeFile(site.path(runtime, 'repository'), 'x');
  assert.match((await run()).join(), /GITURL exists and is kept/);
  await assertKept();
  assert.equal(await kept(runtime), keptAs('10003:10003', '755'));
  assert.equal(await site.read(runtime, 'repository'), 'x');
  const other = site;
  site = await makeSite();
  await mkdir(site.path('import'));
  const entries = Object.entries(files).map(([name, content]) => ({
    path: `static-git/${name}`,
    content,
    mode: 0o777,
  }));
  await writeFile(site.path('import/example.com.tar'), tar(...entries));
  await run();
  await assertKept();
  await other.remove();
});

test('Correct owners and modes are not touched.', async () => {
  await site.write({ [`${home}/GITURL`]: address });
  await run();
  const before = await stat(site.path(home, 'GITURL'));
  await run();
  assert.equal((await stat(site.path(home, 'GITURL'))).ctimeMs, before.ctimeMs);
});

test('A link instead of a key is reported and ignored, and its target does not change.', async () => {
  await site.write({ [`${home}/GITURL`]: address, 'secret.txt': 'secret', 'other.txt': 'other' });
  await chmod(site.path('secret.txt'), 0o604);
  await chmod(site.path('other.txt'), 0o604);
  await symlink(site.path('secret.txt'), site.path(home, 'id_rsa'));
  await link(site.path('other.txt'), site.path(home, 'id_ecdsa'));
  await mkdir(site.path(home, 'known_hosts'), { mode: 0o700 });
  const lines = (await run()).filter((line) => line.startsWith('<4>'));
  assert.match(lines.join('\n'), /id_rsa keeps its owner and mode because it is a symbolic link/);
  assert.match(lines.join('\n'), /id_ecdsa keeps its owner and mode because it has another name elsewhere/);
  assert.match(lines.join('\n'), /known_hosts keeps its owner and mode because it is not a file/);
  for (const name of ['secret.txt', 'other.txt'])
    assert.equal((await stat(site.path(name))).mode & 0o777, 0o604);
});

test("A link instead of the address's folder, or of gitpuller's, is refused.", async () => {
  await site.write({ 'elsewhere/GITURL': address });
  await mkdir(site.path('domains/example.com'), { recursive: true });
  await symlink(site.path('elsewhere'), site.path(home));
  await assert.rejects(run(), /static-git must be a folder but is a symbolic link/);
  await site.remove();
  site = await makeSite();
  await site.write({ [`${home}/GITURL`]: address });
  await mkdir(site.path('runtime/domains/example.com'), { recursive: true });
  await symlink(site.data, site.path(runtime));
  await assert.rejects(run(), /Cannot prepare .*: .*(ENOTDIR|ELOOP|EEXIST)/);
});
