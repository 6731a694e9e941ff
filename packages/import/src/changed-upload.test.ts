// Changes in /data/import, or in the domain's folder, while import is running.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { waitFor } from '@freehold/testing/wait-for';
import { index, tarEnd, tarEntry } from './archive-under-test.ts';
import { makeCertificate } from './certificate-under-test.ts';
import { run } from './run.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

const upload = 'import/example.com.tar';
const page = 'domains/example.com/static/www-content/index.html';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

test('An archive that replaces the one being read is not lost: the next run imports it.', async () => {
  const many = Array.from({ length: 20_000 }, (_, count) =>
    tarEntry({ path: `static/www-content/${count}` }),
  );
  await mkdir(site.path('import'));
  await writeFile(site.path(upload), Buffer.concat([...many, tarEntry(index), tarEnd]));
  await writeFile(site.path('better'), Buffer.concat([tarEntry({ ...index, content: 'better' }), tarEnd]));
  const refused = assert.rejects(site.run(), /Cannot import .*example\.com\.tar: it was changed or replaced/);
  const half = site.path('domains/.example.com.copying/static/www-content');
  await waitFor('the first files', async () => (await readdir(half)).length > 100, { everyMs: 5 });
  await rename(site.path('better'), site.path(upload));
  await refused;
  assert.deepEqual(
    [await readdir(site.path('domains')), await readdir(site.path('import'))],
    [[], ['example.com.tar']],
  );
  await site.run();
  assert.equal(await site.read(page), 'better');
});

test('A certificate whose key is written a moment after its chain is passed on complete.', async () => {
  const own = 'domains/example.com/TLS/example.com.pem';
  const whole = await makeCertificate('example.com');
  await site.write({ [own]: whole.slice(0, whole.indexOf('-----BEGIN PRIVATE')) });
  const lines: string[] = [];
  const log = createLog({
    write(line) {
      // import has just found that the key is missing.
      if (lines.push(line) === 1) writeFileSync(site.path(own), whole);
    },
  });
  const { signal } = new AbortController();
  await run({ argv: ['example.com', '--certificate'], env: { FREEHOLD_DATA: site.data }, log, signal });
  assert.match(lines[0] ?? '', /^<4>The certificate .* is skipped/);
  assert.equal(await site.read('runtime/haproxy/approved-certs/example.com.pem'), whole);
});
