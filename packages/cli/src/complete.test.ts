import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { commands, groups } from './commands/all.ts';
import { complete, wantedAt } from './complete.ts';

const tree = { groups, commands };
const words = async (...typed: string[]) =>
  (await complete(typed, tree, {})).map((line) => line.split('\t')[0] ?? '');

test('commands and groups are offered, with their descriptions', async () => {
  assert.deepEqual(await words('s'), ['status', 'site', 'server']);
  assert.deepEqual(
    await words('site', 'r'),
    ['site remove', 'site roll-back', 'site restore'].map((path) => path.slice(5)),
  );
  assert.match((await complete(['stat'], tree, {}))[0] ?? '', /^status\tShows the state/);
});

test('options are offered once they begin with a dash', async () => {
  assert.deepEqual(await words('site', 'logs', 'a.test', '--'), [
    '--lines',
    '--since',
    '--follow',
    '--json',
    '--on',
  ]);
  assert.deepEqual(await words('site', 'logs', '--j'), ['--json']);
});

test('arguments are offered by their kind, and options with a value do not count as one', () => {
  assert.deepEqual(wantedAt(['site', 'show', ''], tree), { names: 'domain' });
  assert.deepEqual(wantedAt(['site', 'show', '--on', 'h1', ''], tree), { names: 'domain' });
  assert.deepEqual(wantedAt(['site', 'show', 'a.test', ''], tree), { offers: [] });
  assert.deepEqual(wantedAt(['site', 'move', 'a.test', ''], tree), { names: 'server' });
  assert.deepEqual(wantedAt(['site', 'set', 'a.test', 'memory=1g', ''], tree), { names: 'limit' });
  assert.deepEqual(wantedAt(['site', 'show', '--on', ''], tree), { names: 'server' });
  assert.deepEqual(wantedAt(['site', 'logs', '--lines', ''], tree), { offers: [] });
});

test('servers come from the list of the control machine, also the second of several', async () => {
  const folder = await temporaryFolder();
  try {
    await mkdir(join(folder.path, 'freehold'));
    await writeFile(join(folder.path, 'freehold/servers'), 'h1.test\nh2.test\n');
    const env = { XDG_CONFIG_HOME: folder.path };
    assert.deepEqual(await complete(['site', 'list', '--on', 'h'], tree, env), ['h1.test\t', 'h2.test\t']);
    assert.deepEqual(await complete(['site', 'list', '--on', 'h1.test,h2'], tree, env), [
      'h1.test,h2.test\t',
    ]);
  } finally {
    await folder.remove();
  }
});

test('shells are offered, and files are left to the shell', async () => {
  assert.deepEqual(await words('completion', 'z'), ['zsh']);
  assert.deepEqual(await words('cert', 'install', './'), []);
});
