import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { makeSite } from './site-under-test.ts';

test('A wiki without its settings, which everybody could change, is refused, and one with them is imported.', async () => {
  const site = await makeSite();
  const run = () => site.run(['example.com', '--app', 'dokuwiki']);
  const wiki = 'import/example.com/dokuwiki/wiki';
  await site.write({ [`${wiki}/data/pages/start.txt`]: 'Start', [`${wiki}/conf/acl.auth.php`]: '* @ALL 1' });
  await assert.rejects(run(), {
    name: 'FreeholdError',
    message: /conf\/local\.php, and without .* Add its folder conf/,
  });
  assert.deepEqual(await readdir(site.path('domains')), []);
  await site.write({ [`${wiki}/conf/local.php`]: "<?php\n$conf['useacl'] = 1;\n" });
  await run();
  assert.equal(await site.read('domains/example.com/dokuwiki/wiki/data/pages/start.txt'), 'Start');
  await site.remove();
});
