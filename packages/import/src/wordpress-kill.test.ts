// import is killed at each call with which it makes a WordPress, and the next run finishes what it began.
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { canTrace, forAll, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
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
