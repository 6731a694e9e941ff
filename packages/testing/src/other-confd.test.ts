import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findOtherConfd, otherConfdFiles } from './other-confd.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('The first program that calls itself confd is found, and others of that name are not.', async (t) => {
  const root = await temporaryFolder();
  t.after(() => root.remove());
  const install = async (name: string, words: string) => {
    const folder = join(root.path, name);
    await mkdir(folder);
    await writeFile(join(folder, 'confd'), `#!/bin/sh\necho '${words}'\n`);
    await chmod(join(folder, 'confd'), 0o755);
    return folder;
  };
  const [other, real] = [
    await install('other', 'ConfD 7'),
    await install('real', 'confd 0.16.0 (Git SHA: 1)'),
  ];
  assert.equal(await findOtherConfd(`${root.path}::${other}`), undefined);
  assert.deepEqual(await findOtherConfd(`${other}:${real}`), {
    program: join(real, 'confd'),
    version: '0.16.0',
  });
});

test('Its resource watches all services, and its template has a backend for each site.', () => {
  const files = otherConfdFiles({ folder: '/c', target: '/c/haproxy.cfg' });
  assert.deepEqual([...files.keys()], ['/c/conf.d/haproxy.cfg.toml', '/c/templates/haproxy.cfg.tmpl']);
  const [resource = '', template = ''] = files.values();
  assert.match(
    resource,
    /^src = "haproxy\.cfg\.tmpl"\ndest = "\/c\/haproxy\.cfg"\nkeys = \["\/services"\]$/m,
  );
  assert.match(template, /^backend \{\{base \(dir \.Key\)\}\}$/m);
});
