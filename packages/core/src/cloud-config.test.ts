// The script of cloud-config that runs at a machine's first boot.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const file = join(import.meta.dirname, '../../../cloud-config');

/** Its functions, without what reads the machine's values and without the call of main. */
async function functions(): Promise<string> {
  const text = (await readFile(file, 'utf8')).split('path: /usr/local/sbin/freehold-first-boot\n')[1] ?? '';
  const lines = text.slice(text.indexOf('#!/bin/bash')).split('\n');
  const script = lines.slice(0, lines.indexOf('      main')).map((line) => line.replace(/^ {6}/, ''));
  return script.filter((line) => !line.startsWith('source ')).join('\n');
}

test('The user and token in SOURCE reach git in a file for root alone, and no command line and no log.', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const sources: [source: string, url: string, login: string][] = [
      [
        'https://me:s3cret@git.test:8443/a.git',
        'https://git.test:8443/a.git',
        'https://me:s3cret@git.test:8443',
      ],
      ['https://s3cret@git.test/a.git', 'https://git.test/a.git', 'https://s3cret:@git.test'],
      ['https://git.test/a@2.git', 'https://git.test/a@2.git', ''],
      ['git@git.test:a.git', 'git@git.test:a.git', ''],
    ];
    for (const [source, url, login] of sources) {
      const call = `folder='${path}/x'; sleep() { :; }
        git() { echo "arguments: $*"; echo "login: $(cat "$folder.login") $(stat -c %a "$folder.login")"; [ -e "$folder.tried" ] || { : >"$folder.tried"; echo "fatal: no $2" >&2; return 1; }; }
        clone '${source}' /nowhere; rm "$folder.tried"; [ ! -e "$folder.login" ]`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', `${await functions()}\n${call}`], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.ok(stdout.includes(`clone --quiet ${url} /nowhere\n`), stdout);
      assert.ok(stdout.includes(`login: ${login} 600\n`), stdout);
      assert.doesNotMatch((stdout + stderr).replaceAll(/^login: .*$/gm, ''), /s3cret/);
    }
  } finally {
    await remove();
  }
});
