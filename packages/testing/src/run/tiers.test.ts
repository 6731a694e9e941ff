import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { findTestFiles, root } from './test-files.ts';

test('CONTRIBUTING lists each drill, and no other.', async () => {
  const page = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  const listed = [...page.matchAll(/`(?:[\w/-]+\/)?([\w-]+\.drill\.ts)`/g)].map(([, name]) => name);
  const drills = findTestFiles({ all: true }).filter(({ path }) => path.endsWith('.drill.ts'));
  assert.deepEqual(listed.toSorted(), drills.map(({ path }) => basename(path)).toSorted());
});

test('Without --all, the test files include no drills, and all other files are the same.', () => {
  const all = findTestFiles({ all: true });
  const some = findTestFiles({ all: false });
  assert.deepEqual(
    some,
    all.filter(({ path }) => path.endsWith('.test.ts')),
  );
});
