import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { backupName, domainOf, notesOf, pathsOf, sitesWithoutData, tarWords } from './contents.ts';

test('a backup notes each site, those that are dumped, and those whose database could not be', () => {
  const site = { isDumped: false, hasFailed: false };
  const notes = notesOf([
    { ...site, domain: 'a.test', app: 'static' },
    { ...site, domain: 'b.test', app: 'wordpress', isDumped: true, hasFailed: true },
    { ...site, domain: 'c.test', app: undefined },
  ]);
  assert.deepEqual(notes, {
    sites: 'static a.test\nwordpress b.test\n- c.test\n',
    dumped: 'b.test\n',
    undumped: 'b.test\n',
  });
});

test('the archive has folders in the place of links, no unfinished uploads, and .whole last', async (context) => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  const at = (...names: string[]) => join(folder.path, ...names);
  for (const path of [
    'data/domains/a.test/static',
    'data/import/new.test',
    'volume/static',
    'notes/backup',
    'notes/domains',
  ])
    await mkdir(at(path), { recursive: true });
  await symlink(at('volume'), at('data/domains/linked.test'));
  for (const path of [
    'data/domains/a.test/static/one',
    'data/import/.half',
    'data/import/new.test/x',
    'volume/static/two',
    'notes/.whole',
    'notes/backup/sites',
    'data/domains/file',
  ])
    await writeFile(at(path), '');
  const entries = [
    { name: '.hidden', isFolder: true },
    { name: 'a.test', isFolder: true },
    { name: 'file', isFolder: false },
    { name: 'linked.test', isFolder: true },
  ];
  await writeFile(at('notes/list'), pathsOf(entries));
  const words = tarWords(at('notes')).map((word) => (word === '/data' ? at('data') : word));
  const archive = execFileSync('tar', words);
  const listed = execFileSync('tar', ['-tz'], { input: archive }).toString().trim().split('\n');
  for (const name of [
    'backup/sites',
    'domains/a.test/static/one',
    'domains/linked.test/static/two',
    'domains/file',
    'import/new.test/x',
  ])
    assert.ok(listed.includes(name), `${name} is missing in ${listed.join(' ')}`);
  assert.ok(!listed.some((name) => name.includes('.half')));
  assert.equal(listed.at(-1), '.whole');
});

test('a site of which a backup has no data is found, unless it is off', () => {
  const filled = new Set(
    ['domains/a.test/', 'domains/b.test/x', 'domains/', 'backup/sites']
      .map(domainOf)
      .filter((one) => one !== undefined),
  );
  assert.deepEqual(sitesWithoutData('static a.test\nstatic b.test\n- off.test\n', filled), ['a.test']);
});

test('the name of a backup sorts by time', () => {
  assert.equal(backupName('root@h1', new Date(2026, 0, 2, 3, 4, 5)), 'root@h1-20260102-030405');
});
