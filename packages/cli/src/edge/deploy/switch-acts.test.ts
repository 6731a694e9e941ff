// The operations of a switch that tag images, with a program in the place of Docker.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import type { SwitchOperation } from '../../deploy/plan-switch.ts';
import { readOwnApps, type SwitchHere } from './host-here.ts';
import { switchActs } from './switch-acts.ts';

const docker = `#!/bin/sh
case "$1 $2" in
  'image ls') printf 'freehold/%s\\n' mysql static wordpress ;;
  'image inspect') [ "$3" != freehold/mysql:latest ] || [ -e "$FAKE/has-databases" ] ;;
  tag*) echo "$2 $3" >>"$FAKE/tags" ;;
esac
`;

test('the images of databases become the latest last, or at once where there are none yet', async (context) => {
  const folder = await temporaryFolder();
  const { PATH } = process.env;
  context.after(async () => {
    process.env.PATH = PATH;
    await folder.remove();
  });
  const path = (name: string) => join(folder.path, name);
  await writeFile(path('docker'), docker);
  await chmod(path('docker'), 0o755);
  Object.assign(process.env, { PATH: `${folder.path}:${PATH}`, FAKE: folder.path });
  const host: SwitchHere = {
    scripts: join(import.meta.dirname, '../../../../../scripts'),
    env: process.env,
    signal: new AbortController().signal,
    report: () => undefined,
  };
  const apps = await readOwnApps(host);
  const tagsOf = async (act: SwitchOperation['act']) => {
    await writeFile(path('tags'), '');
    await switchActs[act]({ host, apps, name: 'h1.test', answers: new Map() }, { act, version: 'v2' });
    return (await readFile(path('tags'), 'utf8')).trim().split('\n');
  };
  const tag = (name: string) => `freehold/${name}:v2 freehold/${name}:latest`;
  assert.deepEqual(await tagsOf('tag-images'), [tag('mysql'), tag('static'), tag('wordpress')]);
  await writeFile(path('has-databases'), '');
  assert.deepEqual(await tagsOf('tag-images'), [tag('static'), tag('wordpress')]);
  assert.deepEqual(await tagsOf('tag-databases'), [tag('mysql')]);
});

test('what the apps of this version declare is read from its own files', async () => {
  const scripts = join(import.meta.dirname, '../../../../../scripts');
  const apps = await readOwnApps({ scripts } as SwitchHere);
  assert.ok(apps.names.includes('static-git'));
  assert.ok(apps.tests.some(({ image, args }) => image === 'mysql' && args[0] === '--version'));
  assert.deepEqual(apps.databases, [
    {
      ...{ app: 'wordpress', image: 'mysql', server: 'MariaDB', program: 'mariadbd' },
      ...{ files: 'mysql/db_files', record: 'mysql/db_files/mariadb_upgrade_info' },
    },
  ]);
});
