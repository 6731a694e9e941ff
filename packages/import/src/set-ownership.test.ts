import assert from 'node:assert/strict';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { allApps } from './all-apps.ts';
import { rulesOf } from './ownership.ts';
import { setOwnership } from './set-ownership.ts';
import { isRoot } from './site-under-test.ts';

const siteOwner = { uid: 10002, gid: 10002 };
const ownership = { siteOwner, rules: rulesOf(allApps) };

async function makeTree(files: number) {
  const folder = await temporaryFolder();
  const web = join(folder.path, 'static/www-content');
  await mkdir(join(web, 'deep'), { recursive: true });
  for (let count = 0; count < files; count += 1) {
    await writeFile(join(web, `${count}.html`), '', { mode: 0o600 });
  }
  return { folder, web };
}

/** Waits until the folder's entries have been read: some of its files have been changed. */
async function waitUntilRead(web: string, files: number): Promise<void> {
  const names = Array.from({ length: files }, (_, count) => join(web, `${count}.html`));
  await waitFor(
    'the first file with its new mode',
    async () => {
      const modes = await Promise.all(names.map(async (name) => (await stat(name)).mode & 0o777));
      return modes.includes(0o644);
    },
    { everyMs: 1 },
  );
}

test('A link that leads out is detected even if it was created after its folder was read.', async () => {
  const { folder, web } = await makeTree(1_000);
  const done = assert.rejects(
    setOwnership(folder.path, { ownership }),
    /www-content\/late is a symbolic link with an absolute target/,
  );
  await waitUntilRead(web, 20);
  await symlink('/etc', join(web, 'late'));
  await done;
  await folder.remove();
});

test('A file that was created after its folder was read gets its owner and mode too.', async () => {
  const { folder, web } = await makeTree(1_000);
  const done = setOwnership(folder.path, { ownership });
  await waitUntilRead(web, 20);
  await writeFile(join(web, 'late.html'), '', { mode: 0o600 });
  await done;
  const { mode, uid } = await stat(join(web, 'late.html'));
  assert.equal(mode & 0o777, 0o644);
  if (isRoot) assert.equal(uid, siteOwner.uid);
  await folder.remove();
});

test('A folder gets its owner before its files do, so that nobody else can add any.', async () => {
  const { folder, web } = await makeTree(1_000);
  await chmod(web, 0o777);
  const done = setOwnership(folder.path, { ownership });
  await waitUntilRead(web, 20);
  const { mode, uid } = await stat(web);
  assert.equal(mode & 0o777, 0o755);
  if (isRoot) assert.equal(uid, siteOwner.uid);
  await done;
  await folder.remove();
});
