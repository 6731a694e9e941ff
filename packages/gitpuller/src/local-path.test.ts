import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { layoutOf } from './layout.ts';
import { resolveLocalPath } from './local-path.ts';

test('A path below the data folder is allowed, also behind a link; elsewhere, made things and other domains are not.', async () => {
  const folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const at = (...names: string[]) => join(data, ...names);
  const layout = layoutOf(data, parseDomain('example.com'));
  for (const path of [
    'git/a.git',
    'domains/example.com/git',
    'domains/other.test/git',
    'runtime/x',
    'import/example.com',
  ]) {
    await mkdir(at(path), { recursive: true });
  }
  await symlink(at('git/a.git'), at('good'));
  await symlink(at('domains/other.test/git'), at('domains/example.com/stolen'));
  await symlink('/etc', at('git/out'));
  for (const path of ['git/a.git', 'domains/example.com/git']) {
    assert.equal(await resolveLocalPath(at(path), layout), at(path));
  }
  assert.equal(await resolveLocalPath(at('good'), layout), at('git/a.git'));
  const refused: [string, RegExp][] = [
    [at('domains/other.test/git'), /belongs to another domain/],
    [at('domains/example.com/stolen'), /stolen \(which is .*other\.test\/git\) belongs to another domain/],
    [at('domains/example.com/../other.test/git'), /belongs to another domain/],
    [at('runtime/x'), /from where nothing is served/],
    [at('import/example.com'), /from where nothing is served/],
    [at('git/out'), /is not below/],
    [at('git/../../../etc'), /there is no repository|is not below/],
    [data, /is not below/],
    [folder.path, /is not below/],
    ['/etc', /is not below/],
    [at('none'), /there is no repository at .*: it is not there/],
  ];
  for (const [path, sentence] of refused)
    await assert.rejects(resolveLocalPath(path, layout), sentence, path);
  await folder.remove();
});
