// For tests: import is killed at a call with which it completes a WordPress. The next run finishes the work.
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { type Choose, forAll, type KillCase, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { administratorPassword } from './wordpress/login.ts';

const home = 'domains/example.com';
const run = (site: SiteUnderTest) => site.run(['example.com', '--app', 'wordpress']);
const password = async (site: SiteUnderTest, path: string) =>
  /PASS=(.+)/.exec(await readFile(site.path(home, path), 'utf8'))?.[1];

async function killWordPress(choose: Choose): Promise<number> {
  const site = await makeSite();
  const calls = (await recordCalls('wordpress', site.data)).filter(({ path }) => path.startsWith('domains/'));
  await forAll(choose(calls), async (call) => {
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
  return calls.length;
}

export const wordpressCase: KillCase = {
  title: 'The next run completes a WordPress',
  minimum: 20,
  kill: killWordPress,
};
