import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGitDaemon } from '@freehold/testing/git-daemon';
import { makeSite } from './site-under-test.ts';

test('A repository is pulled from a git daemon, and one that is not there has a sentence.', async () => {
  const site = await makeSite();
  const daemon = await startGitDaemon(join(site.data, 'git'));
  const commit = await site.repository.commit({ 'index.html': 'one' });
  await site.write('GITURL', `${daemon.url}/site main`);
  const { code, lines } = await site.run();
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.served(), commit);
  await site.write('GITURL', `${daemon.url}/none main`);
  const missing = await site.run();
  assert.equal(missing.code, 1);
  assert.match(missing.lines.at(-1) ?? '', /there is no such repository, or it is not shown to us/);
  await daemon.stop();
  await site.remove();
});
