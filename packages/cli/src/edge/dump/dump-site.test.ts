// With a program in the place of systemctl, which notes its calls.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import type { SiteHere } from '../move/site-here.ts';
import { whileDatabaseRuns } from './dump-site.ts';

test('a dump that is stopped while the database of a stopped site starts stops it again', async (context) => {
  const { path: folder, remove } = await temporaryFolder();
  const { PATH } = process.env;
  context.after(() => {
    process.env.PATH = PATH;
    return remove();
  });
  const calls = join(folder, 'calls');
  await writeFile(calls, '');
  // The caller of 'start' waits for the job in systemd.
  const script = `#!/bin/bash
    [ "$1" = show ] || echo "$*" >>${calls}
    [ "$1" != show ] || printf 'Id=%s\\nActiveState=inactive\\n' "\${@: -1}"
    [ "$1" != start ] || exec sleep 600`;
  await writeFile(join(folder, 'systemctl'), script);
  await chmod(join(folder, 'systemctl'), 0o755);
  process.env.PATH = `${folder}:${PATH}`;
  const abort = new AbortController();
  const site = { domain: 'a.test', signal: abort.signal } as SiteHere;
  const rules = { app: 'wordpress', database: 'mysql', file: 'mysql/dump.sql', group: 0, end: '--' };
  const dump = whileDatabaseRuns(site, rules, () => assert.fail('The database does not run yet.'));
  const isRefused = assert.rejects(dump, /stopped/);
  await waitFor('the start', async () => (await readFile(calls, 'utf8')).includes('start mysql@'));
  abort.abort(new Error('stopped'));
  await isRefused;
  assert.deepEqual((await readFile(calls, 'utf8')).trimEnd().split('\n'), [
    'start mysql@a.test.service',
    'stop --no-block mysql@a.test.service',
  ]);
});
