// Visitors and other runs, at the same time as pulls.
import assert from 'node:assert/strict';
import { lutimes, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { silentPort } from '@freehold/testing/silent-port';
import { waitFor } from '@freehold/testing/wait-for';
import { run } from './run.ts';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';

test('Two runs at once are one after the other, and both end well.', async () => {
  const site = await makeSite();
  const commit = await site.repository.commit({ 'index.html': 'one' });
  const runs = await Promise.all([1, 2, 3].map(() => site.run()));
  for (const { code, lines } of runs) assert.equal(code, 0, lines.join('\n'));
  const said = runs.flatMap(({ lines }) => lines);
  assert.equal(said.filter((line) => line.includes('now serves')).length, 1, said.join('\n'));
  assert.equal(said.filter((line) => line.startsWith('<6>Unchanged')).length, 2);
  assert.equal(await site.served(), commit);
  await site.remove();
});

test('Over 50 pulls in a row a visitor never finds two commits in one look, nor a file missing.', async () => {
  const site = await makeSite();
  const version = (count: number) => ({ 'one.html': `${count}`, 'deep/two.html': `${count}` });
  await site.repository.commit(version(0));
  await pullHere(site);
  let looks = 0;
  let isDone = false;
  const seen = new Set<string>();
  const visitor = (async () => {
    while (!isDone) {
      const text = await lookOnce(site);
      seen.add(text);
      looks += 1;
    }
  })();
  for (let count = 1; count <= 50; count += 1) {
    await site.repository.commit(version(count));
    await pullHere(site);
  }
  isDone = true;
  await visitor;
  assert.equal(seen.size >= 50, true, `${seen.size} versions seen in ${looks} looks`);
  await site.remove();
});

/** As nginx does for one request: the link is resolved, then files are read from where it led. */
async function lookOnce(site: SiteUnderTest): Promise<string> {
  const folder = await realpath(site.path('www-content'));
  const one = await readFile(join(folder, 'one.html'), 'utf8');
  const two = await readFile(join(folder, 'deep/two.html'), 'utf8');
  assert.equal(one, two);
  return one;
}

/** In this process, and with a link that looks old enough not to have to wait for the next second. */
async function pullHere(site: SiteUnderTest): Promise<void> {
  await lutimes(site.path('www-content'), 0, 0).catch(() => undefined);
  const stream = recordingStream();
  const { signal } = new AbortController();
  const env = { FREEHOLD_DATA: site.data, FREEHOLD_GIT_REPOSITORIES: join(site.data, 'git') };
  await run({ argv: [domain], env, log: createLog(stream), signal });
  assert.match(stream.lines.join('\n'), /now serves/);
}

test('A run that waits for another ends with SIGTERM, and leaves the other alone.', async (context) => {
  const site = await makeSite();
  const { port, connected } = await silentPort(context);
  await site.write('GITURL', `https://127.0.0.1:${port}/x main`);
  const first = site.start();
  await connected;
  const second = site.start();
  await waitFor('the second to wait', () => second.output().includes('is under way already'));
  second.child.kill('SIGTERM');
  assert.deepEqual((await second.ended).lines.at(-1), '<3>Stopped by SIGTERM.');
  assert.equal(first.child.exitCode, null);
  first.child.kill('SIGTERM');
  await first.ended;
  assert.deepEqual(await findLeftovers(site), []);
  await site.remove();
});
