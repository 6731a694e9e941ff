// The note with which the next start of the site needs no program.
import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const note = ['runtime', 'import', 'example.com.prepared'] as const;
const isThere = (...names: string[]) =>
  stat(site.path(...names)).then(
    () => true,
    () => false,
  );

test('A successful run records the app, the required paths and the time of its start.', async () => {
  const before = Date.now();
  await site.run();
  assert.equal(await site.read(...note), `static\n${site.path('domains/example.com/static/www-content')}\n`);
  const { mtimeMs } = await stat(site.path(...note));
  const page = await stat(site.path('domains/example.com/static/www-content/index.html'));
  assert.ok(mtimeMs >= before - 1 && mtimeMs <= page.mtimeMs, `${before} ${mtimeMs} ${page.mtimeMs}`);
});

test('A run that fails leaves no note, not even one of an earlier run.', async () => {
  await site.run();
  await rm(site.path('domains/example.com/static/www-content'), { recursive: true });
  await site.write({ 'import/example.com.zip': 'no archive' });
  await assert.rejects(site.run());
  assert.equal(await isThere(...note), false);
});

test('WordPress is checked until its database exists.', async () => {
  const wordpress = ['example.com', '--app', 'wordpress'];
  await site.run(wordpress);
  assert.equal(await isThere(...note), false);
});

test('A git site needs its runtime folder too, which is recreated if it is missing.', async () => {
  await site.write({ 'domains/example.com/static-git/GITURL': 'https://git.example/site.git\n' });
  await site.run(['example.com', '--app', 'static-git']);
  const folder = site.path('runtime/domains/example.com/static-git');
  assert.deepEqual((await site.read(...note)).trim().split('\n'), [
    'static-git',
    site.path('domains/example.com/static-git/GITURL'),
    folder,
  ]);
});

test('The names of units may come from a file, and a missing file is reported.', async () => {
  await site.write({ units: 'static@example.com.service\n' });
  await site.run(['example.com', '--required-by', site.path('units')]);
  await assert.rejects(
    site.run(['example.com', '--required-by', site.path('none')]),
    /Cannot read the names of units from .*none/,
  );
});
