// For tests: import is killed at a call with which it rearranges a complete WordPress. The next run completes
// the import.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { type Choose, forAll, type KillCase, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';

const home = 'domains/example.com';

const uploaded = {
  'htdocs/wp-content/a.css': 'a',
  'htdocs/.htaccess': '# mine\n',
  'htdocs/wp-config.php': "<?php $table_prefix = 'x_';",
  'htdocs/robots.txt': '',
  'old.sql.gz': gzipSync(`SET GLOBAL a = 1;\n${tablesOf('x_')}-- Dump completed\n`),
};

async function makeUploaded(): Promise<SiteUnderTest> {
  const site = await makeSite();
  await mkdir(site.path('import/example.com/htdocs/wp-content'), { recursive: true });
  for (const [name, content] of Object.entries(uploaded))
    await writeFile(site.path('import/example.com', name), content);
  return site;
}

async function killCompleteWordPress(choose: Choose): Promise<number> {
  const site = await makeUploaded();
  const calls = (await recordCalls('wordpress', site.data)).filter(
    ({ name, path }) => path.startsWith('domains/') && ['rename', 'unlink', 'mkdir'].includes(name),
  );
  const expected = await site.list();
  assert.ok(expected.includes(`${home}/not-imported/wp-config.php`));
  await forAll(choose(calls), async (call) => {
    const one = await makeUploaded();
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
  title: 'The next run imports the complete WordPress of another provider',
  minimum: 5,
  kill: killCompleteWordPress,
};
