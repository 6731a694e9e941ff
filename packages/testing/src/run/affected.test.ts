import assert from 'node:assert/strict';
import { test } from 'node:test';
import { affects, importsOf } from './affected.ts';
import { findTestFiles } from './test-files.ts';

const none = new Set<string>();

const cases: [changed: string, test: string, affected: boolean][] = [
  ['packages/confd/src/golden/one.cfg', 'packages/confd/src/render.test.ts', true],
  ['packages/confd/src/golden/one.cfg', 'packages/core/src/lock.test.ts', false],
  ['packages/confd/src/hops.test.ts', 'packages/confd/src/render.test.ts', false],
  ['packages/gitpuller/src/pull.ts', 'packages/e2e/src/git-push.test.ts', true],
  ['packages/gitpuller/src/pull.ts', 'packages/e2e/src/mail.test.ts', false],
  ['packages/e2e/src/sites.ts', 'packages/e2e/src/mail.test.ts', false],
  ['packages/cli/src/table.ts', 'packages/e2e/src/freehold-command.test.ts', true],
  ['packages/cli/src/table.ts', 'packages/e2e/src/wordpress.test.ts', false],
  ['images/wordpress/Dockerfile', 'packages/e2e/src/wordpress.test.ts', true],
  ['images/wordpress/Dockerfile', 'packages/e2e/src/serving.test.ts', false],
  ['images/mysql/dump.sh', 'packages/e2e/src/wordpress-dump.test.ts', true],
  ['images/php/Dockerfile', 'packages/e2e/src/wordpress.test.ts', true],
  ['images/php/Dockerfile', 'packages/e2e/src/dokuwiki.test.ts', true],
  ['images/dokuwiki/Dockerfile', 'packages/e2e/src/wordpress.test.ts', false],
  ['images/node/Dockerfile', 'packages/e2e/src/serving.test.ts', true],
  ['images/gitpuller/Dockerfile', 'packages/e2e/src/git-push.test.ts', true],
  ['images/static/nginx.conf', 'packages/e2e/src/serving.test.ts', true],
  ['README.md', 'packages/e2e/src/serving.test.ts', false],
  ['docs/contract.md', 'packages/testing/src/documents/links.test.ts', true],
  ['docs/how-to/run-a-cluster.md', 'packages/e2e/src/cluster-care.drill.ts', true],
  ['unit-files/static@.service', 'packages/e2e/src/serving.test.ts', true],
  ['package-lock.json', 'packages/core/src/lock.test.ts', true],
];

for (const [changed, path, affected] of cases) {
  test(`A change of ${changed} ${affected ? 'affects' : 'does not affect'} ${path}.`, () => {
    assert.equal(affects(changed, path, none), affected);
  });
}

test('A test is affected by a change of a file that it imports through another one.', async () => {
  const files = findTestFiles({ all: true });
  const imports = await importsOf(files);
  const serving = imports.get('packages/e2e/src/serving.test.ts');
  assert.ok(serving?.has('packages/e2e/src/host.ts'));
  const announce = imports.get('packages/discovery/src/announce.test.ts');
  assert.ok(announce?.has('packages/core/src/error.ts'), [...(announce ?? [])].join(' '));
});
