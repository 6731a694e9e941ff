import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { renderGitConfig } from './render-git-config.ts';
import { renderSshConfig } from './render-ssh-config.ts';

test('The configuration for a repository over ssh is exactly this.', () => {
  const config = renderGitConfig({ protocols: ['ssh'], stallSeconds: 60, sshConfig: '/tmp/run/ssh_config' });
  assert.equal(
    config,
    `[core]
\thooksPath = "/dev/null"
\tfsmonitor = "false"
\tattributesFile = "/dev/null"
\texcludesFile = "/dev/null"
\taskPass = ""
\tbigFileThreshold = "4m"
\tpackedGitWindowSize = "16m"
\tpackedGitLimit = "128m"
\tdeltaBaseCacheLimit = "16m"
\tsshCommand = "ssh -F '/tmp/run/ssh_config'"
[credential]
\thelper = ""
[protocol]
\tallow = "never"
[protocol "ssh"]
\tallow = "always"
[http]
\tlowSpeedLimit = "1"
\tlowSpeedTime = "60"
[safe]
\tdirectory = "*"
[gc]
\tauto = "0"
\twriteCommitGraph = "false"
[pack]
\tthreads = "1"
\twindow = "0"
\tdeltaCacheSize = "1"
\twindowMemory = "32m"
\twriteReverseIndex = "false"
[maintenance]
\tauto = "false"
[fetch]
\tunpackLimit = "1"
[init]
\ttemplateDir = ""
\tdefaultBranch = "main"
[submodule]
\trecurse = "false"
[advice]
\tdetachedHead = "false"
`,
  );
});

test('git reads back a path with a space, a quote and a backslash unchanged.', async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'config');
  const credentials = `/tmp/a "b" 'c' \\d`;
  await writeFile(file, renderGitConfig({ protocols: ['https', 'file'], stallSeconds: 1, credentials }));
  const get = (key: string) =>
    execFileSync('git', ['config', '--file', file, '--get-all', key], { encoding: 'utf8' }).trimEnd();
  assert.equal(get('credential.helper'), `\nstore --file='/tmp/a "b" '\\''c'\\'' \\d'`);
  assert.deepEqual([get('protocol.allow'), get('protocol.https.allow')], ['never', 'always']);
  assert.equal(get('protocol.file.allow'), 'user');
  await folder.remove();
});

test('ssh accepts its configuration, with and without a key.', async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'ssh config');
  for (const key of [undefined, join(folder.path, 'a key')]) {
    await writeFile(
      file,
      renderSshConfig({ knownHosts: join(folder.path, 'known hosts'), key, stallSeconds: 60 }),
    );
    const output = execFileSync('ssh', ['-G', '-F', file, 'h.test'], { encoding: 'utf8' });
    for (const line of [
      'stricthostkeychecking true',
      `userknownhostsfile ${folder.path}/known hosts`,
      `identityfile ${key ?? 'none'}`,
      'batchmode yes',
      'identitiesonly yes',
      'clearallforwardings yes',
      'serveraliveinterval 20',
      'connecttimeout 20',
    ]) {
      assert.ok(output.split('\n').includes(line), `${line} is not in ${output}`);
    }
    assert.doesNotMatch(output, /^proxycommand (?!none)/m);
  }
  await folder.remove();
});
