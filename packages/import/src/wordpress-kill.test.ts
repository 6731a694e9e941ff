// import is killed at each call with which it makes a WordPress, and the next run finishes what it began.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { canTrace, forAll, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';
import { administratorPassword } from './wordpress/login.ts';

const home = 'domains/example.com';
const run = (site: SiteUnderTest) => site.run(['example.com', '--app', 'wordpress']);
const password = async (site: SiteUnderTest, path: string) =>
  /PASS=(.+)/.exec(await readFile(site.path(home, path), 'utf8'))?.[1];

const needsStrace = { skip: canTrace ? false : 'strace (Debian package strace) cannot be used here' };
test('Killed at any call while it makes a WordPress, the next run makes it whole.', needsStrace, async () => {
  const site = await makeSite();
  const calls = (await recordCalls('wordpress', site.data)).filter(({ path }) => path.startsWith('domains/'));
  assert.ok(calls.length > 20, `${calls.length} calls`);
  await forAll(calls, async (call) => {
    const one = await makeSite();
    await run(one).catch(() => undefined);
    await rm(one.path(home), { recursive: true });
    await runUntil(call, 'wordpress', one.data);
    await run(one);
    const expected = await password(one, 'wordpress/.env');
    assert.ok(expected);
    const salt = /^SALT=(.+)$/m.exec(await one.read(home, 'wordpress/.env'))?.[1] ?? '';
    assert.equal(
      await one.read(home, 'wordpress/login.txt'),
      `owner ${administratorPassword(salt, 'example.com')}\n`,
    );
    assert.equal(await password(one, 'mysql/.env'), expected, `${call.name} ${call.path}`);
    assert.deepEqual((await readdir(one.path(home), { recursive: true })).toSorted(), [
      'mysql',
      'mysql/.env',
      'wordpress',
      'wordpress/.env',
      'wordpress/.htaccess',
      'wordpress/login.txt',
      'wordpress/wp-content',
      'wordpress/wp-content/index.php',
    ]);
    await one.remove();
  });
  await site.remove();
});

const delivered = {
  'htdocs/wp-content/a.css': 'a',
  'htdocs/.htaccess': '# mine\n',
  'htdocs/wp-config.php': "<?php $table_prefix = 'x_';",
  'htdocs/robots.txt': '',
  'old.sql.gz': gzipSync(`SET GLOBAL a = 1;\n${tablesOf('x_')}-- Dump completed\n`),
};
const makeDelivered = async () => {
  const site = await makeSite();
  await mkdir(site.path('import/example.com/htdocs/wp-content'), { recursive: true });
  for (const [name, content] of Object.entries(delivered))
    await writeFile(site.path('import/example.com', name), content);
  return site;
};

test(
  'Killed wherever it moves a part of a complete WordPress, the next run has all of it.',
  needsStrace,
  async () => {
    const site = await makeDelivered();
    const calls = (await recordCalls('wordpress', site.data)).filter(
      ({ name, path }) => path.startsWith('domains/') && ['rename', 'unlink', 'mkdir'].includes(name),
    );
    const expected = await site.list();
    assert.ok(expected.includes(`${home}/not-imported/wp-config.php`));
    await forAll(calls, async (call) => {
      const one = await makeDelivered();
      await runUntil(call, 'wordpress', one.data);
      await run(one);
      assert.deepEqual(await one.list(), expected, `${call.name} ${call.path}`);
      assert.match(await one.read(home, 'wordpress/.env'), /^DB_PREFIX=x_$/m);
      assert.doesNotMatch(await one.read(home, 'mysql/dump.sql'), /GLOBAL/);
      await one.remove();
    });
    await site.remove();
  },
);
