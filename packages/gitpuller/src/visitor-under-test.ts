// For tests: a visitor who reads a site's files continuously while it is pulled again and again.
import assert from 'node:assert/strict';
import { lutimes, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@freehold/testing/wait-for';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

/**
 * Pulls this many versions in a row; the visitor sees each, and never a mixture of two nor a missing file.
 */
export async function visitDuringPulls(pulls: number): Promise<void> {
  const site = await makeSite();
  const seen = new Set<string>();
  const leave = new AbortController();
  await publish(site, 0);
  const visitor = visit(site, seen, leave.signal);
  try {
    for (let count = 1; count <= pulls; count += 1) {
      await publish(site, count);
      await Promise.race([visitor, waitFor(`version ${count} to be seen`, () => seen.has(`${count}`))]);
    }
  } finally {
    leave.abort();
    await visitor;
  }
  await site.remove();
}

async function visit(site: SiteUnderTest, seen: Set<string>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    seen.add(await lookOnce(site));
    // The pulls need the processor too.
    await delay(1);
  }
}

/** As nginx does for one request: the link is resolved once, then files are read from its target. */
async function lookOnce(site: SiteUnderTest): Promise<string> {
  const folder = await realpath(site.path('www-content'));
  const one = await readFile(join(folder, 'one.html'), 'utf8');
  const two = await readFile(join(folder, 'deep/two.html'), 'utf8');
  assert.equal(one, two);
  return one;
}

/** With a link that looks old enough, so that no wait for the next second is needed. */
async function publish(site: SiteUnderTest, count: number): Promise<void> {
  await site.repository.commit({ 'one.html': `${count}`, 'deep/two.html': `${count}` });
  await lutimes(site.path('www-content'), 0, 0).catch(() => undefined);
  const { lines } = await site.run();
  assert.match(lines.join('\n'), /now serves/);
}
