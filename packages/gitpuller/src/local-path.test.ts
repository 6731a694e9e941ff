import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { layoutOf } from './layout.ts';
import { resolveLocalPath } from './local-path.ts';

test("A repository is allowed only in the domain's own folder and in the operator's folder of repositories, even behind a link.", async () => {
  const folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const at = (...names: string[]) => join(data, ...names);
  const layout = layoutOf(data, parseDomain('example.com'));
  for (const path of [
    'git/a.git',
    'git-private/a.git',
    'backups/a.git',
    'domains/example.com/git',
    'domains/example.com.test/git',
    'domains/other.test/git',
    'runtime/x',
    'import/example.com',
  ]) {
    await mkdir(at(path), { recursive: true });
  }
  await symlink(at('git/a.git'), at('domains/example.com/linked'));
  await symlink(at('domains/example.com/git'), at('good'));
  await symlink(at('domains/other.test/git'), at('domains/example.com/stolen'));
  await symlink('/etc', at('git/out'));
  assert.equal(
    await resolveLocalPath(at('domains/example.com/git'), layout, undefined),
    at('domains/example.com/git'),
  );
  assert.equal(await resolveLocalPath(at('good'), layout, undefined), at('domains/example.com/git'));
  for (const path of ['git/a.git', 'domains/example.com/linked']) {
    assert.equal(await resolveLocalPath(at(path), layout, at('git')), at('git/a.git'));
    await assert.rejects(
      resolveLocalPath(at(path), layout, undefined),
      /git\/a\.git.* is not below .*example\.com\. The operator can allow/,
    );
  }
  const refused: [string, RegExp][] = [
    [at('domains/other.test/git'), /is not below .*example\.com and .*\/git\./],
    [at('domains/example.com.test/git'), /is not below/],
    [at('domains/example.com/stolen'), /stolen \(a link to .*other\.test\/git\) is not below/],
    [at('domains/example.com/../other.test/git'), /is not below/],
    [at('domains/example.com'), /is not below/],
    [at('git-private/a.git'), /is not below/],
    [at('backups/a.git'), /is not below/],
    [at('runtime/x'), /is not below/],
    [at('import/example.com'), /is not below/],
    [at('git/out'), /is not below/],
    [at('git'), /is not below/],
    [at('git/../../../etc'), /there is no repository|is not below/],
    [data, /is not below/],
    [folder.path, /is not below/],
    ['/etc', /is not below/],
    [at('none'), /there is no repository at .*: the folder does not exist, or this site may not use it/],
  ];
  for (const [path, sentence] of refused) {
    await assert.rejects(resolveLocalPath(path, layout, at('git')), sentence, path);
  }
  await folder.remove();
});
