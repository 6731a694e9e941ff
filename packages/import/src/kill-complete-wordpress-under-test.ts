// For the tests: import killed at a call with which it takes a complete WordPress apart. The next run finishes what it began.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { type Choose, forAll, type KillCase, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';

const home = 'domains/example.com';

const delivered = {
  'htdocs/wp-content/a.css': 'a',
  'htdocs/.htaccess': '# mine\n',
  'htdocs/wp-config.php': "<?php $table_prefix = 'x_';",
  'htdocs/robots.txt': '',
  'old.sql.gz': gzipSync(`SET GLOBAL a = 1;\n${tablesOf('x_')}-- Dump completed\n`),
};

async function makeDelivered(): Promise<SiteUnderTest> {
  const site = await makeSite();
  await mkdir(site.path('import/example.com/htdocs/wp-content'), { recursive: true });
  for (const [name, content] of Object.entries(delivered))
    await writeFile(site.path('import/example.com', name), content);
  return site;
}

async function killCompleteWordPress(choose: Choose): Promise<number> {
  const site = await makeDelivered();
  const calls = (await recordCalls('wordpress', site.data)).filter(
    ({ name, path }) => path.startsWith('domains/') && ['rename', 'unlink', 'mkdir'].includes(name),
  );
  const expected = await site.list();
  assert.ok(expected.includes(`${home}/not-imported/wp-config.php`));
  await forAll(choose(calls), async (call) => {
    const one = await makeDelivered();
    await runUntil(call, 'wordpress', one.data);
    await one.run(['example.com', '--app', 'wordpress']);
    assert.deepEqual(await one.list(), expected, `${call.name} ${call.path}`);
    assert.match(await one.read(home, 'wordpress/.env'), /^DB_PREFIX=x_$/m);
    assert.doesNotMatch(await one.read(home, 'mysql/dump.sql'), /GLOBAL/);
    await one.remove();
  });
  await site.remove();
  return calls.length;
}

export const completeWordpressCase: KillCase = {
  title: 'A complete WordPress of another provider is imported by the next run',
  minimum: 5,
  kill: killCompleteWordPress,
};
