// setup.sh --print, as on a bare machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');

/** What setup.sh --print does after its checks, which few machines pass. Commands that change something are recorded. */
const print = (edgeOnly: 'yes' | 'no') => `
here=$1 calls=$2 repository=$1/..
source "$here/lib.sh"
source "$here/host-lib.sh"
mapfile -t parts < <(sed -n 's/^for part in \\(.*\\); do$/\\1/p' "$here/setup.sh" | tr ' ' '\\n')
for part in "\${parts[@]}" print; do source "$here/setup/$part.sh"; done
for command in apt-get docker groupadd useradd install systemctl systemd-tmpfiles openssl chown chmod mv mkdir ln rm iptables; do
  eval "$command() { echo $command \\"\\$@\\" >>$calls; return 1; }"
done
host_env=$calls.env programs=/nowhere name=h1.example.com archive= cluster= operator=you@example.org edge_only=${edgeOnly}
for state in has_package has_network stat cmp; do eval "$state() { return 1; }"; done
wanted=("\${images[@]}")
print_header
prepare_machine
install_freehold
start_services`;

const reading =
  /^(systemctl (is-enabled|is-active|show|list-units) |docker (version|image inspect|network inspect|inspect|ps) )/;

async function printed(edgeOnly: 'yes' | 'no'): Promise<string> {
  const folder = await temporaryFolder();
  try {
    const calls = join(folder.path, 'calls');
    await writeFile(calls, '');
    const run = spawnSync('bash', ['-euo', 'pipefail', '-c', print(edgeOnly), 'bash', scripts, calls], {
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    const changes = (await readFile(calls, 'utf8')).split('\n').filter((call) => call && !reading.test(call));
    assert.deepEqual(changes, [], 'nothing is changed');
    await assert.rejects(readFile(`${calls}.env`), { code: 'ENOENT' });
    return run.stdout;
  } finally {
    await folder.remove();
  }
}

test('setup.sh --print prints commands with their reasons, and runs none of them.', async () => {
  const text = await printed('no');
  const parsed = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  assert.equal(parsed.status, 0, parsed.stderr);
  for (const command of [
    /^# Docker and etcd .*\n.*apt-get update\n.*apt-get install /m,
    /^install --directory .* \/data\/domains$/m,
    /^cat >.*calls\.env <<'EOF'$/m,
    /^echo FREEHOLD_HOST=h1\.example\.com >>/m,
    /FREEHOLD_OPERATOR=you@example\.org/,
    /^docker network create [\s\S]* freehold$/m,
    /build-images\.sh --no-sizes|^docker load --input /m,
    /unit-files\/haproxy\.service /,
    /^systemctl enable --quiet --now haproxy$/m,
    /^systemctl enable --quiet --now postfix$/m,
    /^systemctl enable --quiet --now acme\.timer acme\.path$/m,
  ]) {
    assert.match(text, command);
  }
  assert.doesNotMatch(text, /scripts\/setup\.sh/);
});

test('With --edge-only, setup.sh --print skips mail and certificates.', async () => {
  const text = await printed('yes');
  assert.match(text, /^systemctl enable --quiet --now haproxy$/m);
  assert.doesNotMatch(text, /--now (postfix|acme)/);
});

test('setup.sh --print refuses --cluster, and states what to do instead.', () => {
  const args = ['--print', 'h1.example.com', '--cluster', '/nowhere'];
  const { status, stdout, stderr } = spawnSync(join(scripts, 'setup.sh'), args, { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^Cannot print the commands for --cluster, .*Set up this host without --cluster, then run/s,
  );
});
