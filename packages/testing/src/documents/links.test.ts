import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { root } from '../run/test-files.ts';
import { anchorsOf, linksOf, pagePaths, readPage } from './pages.ts';

/** Why a link of a page leads nowhere; nothing where it leads somewhere. */
function faultOf(page: string, target: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : normalize(join(dirname(page), file));
  if (!existsSync(join(root, path))) return `${page}: ${target} does not exist`;
  if (anchor === undefined || anchorsOf(readPage(path)).has(anchor)) return undefined;
  return `${page}: ${path} has no heading #${anchor}`;
}

test('Every link and anchor in the documents leads somewhere.', () => {
  const faults = pagePaths.flatMap((page) =>
    linksOf(readPage(page)).flatMap((link) => faultOf(page, link) ?? []),
  );
  assert.deepEqual(faults, []);
});

test('A missing page, a missing heading and a link in code are told apart.', () => {
  assert.match(faultOf('README.md', 'docs/none.md') ?? '', /does not exist/);
  assert.match(faultOf('README.md', 'docs/contract.md#none') ?? '', /has no heading/);
  assert.equal(
    faultOf('README.md', 'docs/contract.md#units-unit-files-installed-to-etcsystemdsystem'),
    undefined,
  );
  assert.deepEqual(linksOf('[a](b.md) `[c](d.md)`\n\n    [e](f.md)\n'), ['b.md']);
});

test('Every page that code, scripts and units mention exists.', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => /\.(ts|sh|awk|php|service|timer|path|conf|1)$|^cloud-config$|Dockerfile$/.test(path))
    .filter((path) => existsSync(join(root, path)) && !path.startsWith('packages/testing/'));
  const missing = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?<![\w./])docs\/[\w/-]+\.md/g)]
      .filter(([page]) => !existsSync(join(root, page)))
      .map(([page]) => `${file}: ${page}`),
  );
  assert.deepEqual(missing, []);
});

test('Every page of docs/ can be reached by links from the README.', () => {
  const reached = new Set<string>();
  const follow = (page: string) => {
    if (reached.has(page) || !pagePaths.includes(page)) return;
    reached.add(page);
    for (const link of linksOf(readPage(page)))
      follow(normalize(join(dirname(page), link.split('#')[0] ?? '')));
  };
  follow('README.md');
  assert.deepEqual(
    pagePaths.filter((page) => !reached.has(page) && page.startsWith('docs/')),
    [],
  );
});
