// This machine is the control machine, whose Docker builds the images of a commit.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { repository as there } from './host.ts';
import { type Outcome, run } from './run.ts';
import { addressOf, onServer, servers, startServers } from './servers.ts';

const server = servers[2];
const repository = join(import.meta.dirname, '../../..');
const page = 'images/haproxy/pages/404.html';
let folder: string;

/** Runs a script here, in a folder with a checkout and the files for ssh. */
function sh(text: string): Promise<Outcome> {
  const env = `export FREEHOLD_CONFIG=$PWD/config FREEHOLD_SSH_OPTIONS="-F $PWD/ssh"; ${text}`;
  return run('bash', ['-euo', 'pipefail', '-c', `cd "$0"; ${env}`, folder]);
}

async function must(text: string): Promise<string> {
  const { code, stdout, stderr } = await sh(text);
  assert.equal(code, 0, `${text}: ${stderr.slice(-4000)}${stdout.slice(-4000)}`);
  return stdout;
}

const eachImage = (command: string) =>
  `source checkout/scripts/setup/images.sh; for name in build node "\${images[@]}"; do ${command}; done >/dev/null`;

before(async () => {
  await startServers();
  folder = await mkdtemp(join(tmpdir(), 'freehold-control-'));
  await must(`mkdir checkout; tar -C '${repository}' --exclude=./.git --exclude=node_modules --exclude=dist \
      --exclude=.turbo --exclude='./freehold-images.tar*' -c . | tar -x -C checkout
    ssh-keygen -q -t ed25519 -N '' -f key; ${eachImage('docker tag freehold/$name freehold/$name:before')}`);
  await onServer(server, 'cat >>/root/.ssh/authorized_keys <<<"$1"', await must('cat key.pub'));
  const key = await onServer(server, 'cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub');
  await writeFile(join(folder, 'known'), `${server} ${key}\n`);
  await writeFile(
    join(folder, 'ssh'),
    `Host ${server}\nHostName ${await addressOf(server)}\nHostKeyAlias ${server}\nUser root
IdentityFile ${folder}/key\nIdentitiesOnly yes\nUserKnownHostsFile ${folder}/known\n`,
  );
});
after(async () => {
  // The tags of versions are removed, even while a container of another test uses the image, and the images are restored.
  await must(`${eachImage('docker tag freehold/$name:before freehold/$name; docker image rm freehold/$name:before')}
    commit=$(git -C checkout rev-parse --short=10 HEAD); docker image ls --format '{{.Repository}}:{{.Tag}}' \
      --filter "reference=freehold/*:$commit*" | xargs docker image rm --force >/dev/null`);
  await rm(folder, { recursive: true });
});

test('a commit is built here, and arrives as its images', async (context) => {
  await must(`sed -i 's|</body>|<p>Built for a test.</p></body>|' checkout/${page}; grep -q 'Built for' checkout/${page}
    cd checkout; git init --quiet; git add --all
    git -c user.name=Test -c user.email=test@freehold.test commit --quiet --message 'Another page'`);
  const begun = Date.now();
  const said = await must(`checkout/scripts/deploy/deploy.sh ${server}`);
  context.diagnostic(`It took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  assert.match(said, /Image \d+ of \d+: freehold\/haproxy/);
  assert.match(said, /Version \S+ (?:is|was) in use/);
  assert.match(await onServer(server, 'curl -s http://127.0.0.1/'), /Built for a test/);
  assert.match(await onServer(server, `readlink ${there}`), /^freehold-[0-9a-f]{10}-[0-9a-f]{6}$/);
});

test('the same commit again is neither built nor sent', async () => {
  const said = await must(`checkout/scripts/deploy/deploy.sh ${server}`);
  assert.doesNotMatch(said, /Building|Sending/);
  assert.match(said, /was in use already/);
});
