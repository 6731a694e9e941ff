// 'freehold cluster create' as a whole on a control machine; in the place of ssh is a program that answers for the servers,
// as servers of any version do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { runProgram } from './edge/run-program.ts';

const main = join(import.meta.dirname, 'main.ts');
const signal = new AbortController().signal;

// What it is asked, by what only that question has. $FAKE/SERVER has the answers, as variables.
const ssh = `#!/bin/bash
server=\${*: -2:1} command=\${!#}
source "$FAKE/$server"
echo "$server" >>"$FAKE/calls"
case "$command" in
  *hold-for-deploy*) [ -z "$holder" ] || { echo "Cannot deploy: $holder" >&2; exit 1; }; echo held; cat >/dev/null; echo "$server let go" >>"$FAKE/calls" ;;
  *FREEHOLD_HOST*) printf '%s' "$name" ;;
  *'ip -4'*) echo "$look" ;;
  *etcdctl*/services/*) printf '%s' "$records"; exit "\${etcd:-0}" ;;
  *receive-files*) tar -t >>"$FAKE/sent" ;;
  *join-cluster.sh*) echo "Setting up $server"; echo 'etcd: no room' >&2; exit 1 ;;
esac
`;

async function prepare(servers: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const fake = folder.path;
  await mkdir(join(fake, 'bin'));
  await writeFile(join(fake, 'bin/ssh'), ssh);
  await chmod(join(fake, 'bin/ssh'), 0o755);
  for (const [server, answers] of Object.entries(servers)) await writeFile(join(fake, server), answers);
  const env = {
    ...process.env,
    PATH: `${fake}/bin:${process.env.PATH}`,
    FAKE: fake,
    FREEHOLD_CONFIG: join(fake, 'config'),
  };
  const pairs = Object.keys(servers).map((server, index) => `${server}=10.0.0.${index + 1}`);
  const run = (...options: string[]) =>
    runProgram(process.execPath, [main, 'cluster', 'create', ...pairs, ...options], { signal, env });
  const read = (name: string) => readFile(join(fake, name), 'utf8').catch(() => '');
  const keys = join(fake, 'config/cluster');
  return { run, read, keys, [Symbol.asyncDispose]: folder.remove };
}

const good = (name: string) => `name=${name}; look=address; records=''`;

for (const [why, second, reason] of [
  ['that is no host yet', "name=''; look=address", /h2 is not a host yet.*Nothing was changed/],
  ['without the address', "name=h2; look=''", /h2 does not have the address 10\.0\.0\.2\. Nothing was/],
  ['with sites of its own', 'name=h2; look=address; records=/services/static/a/h2', /has sites or mail/],
  ['whose etcd does not answer', 'name=h2; look=address; etcd=1', /etcd of h2 does not answer\. Nothing/],
  ['that somebody deploys to', 'name=h2; look=address; holder=me', /Cannot deploy: me\n.*changed on h2/],
  [
    'that reports the name of another one',
    'name=h1; look=address',
    /h2 reports the name 'h1', but .* has that name for h1/,
  ],
] as const) {
  test(`a server ${why} is refused, and no keys are made`, async () => {
    await using box = await prepare({ h1: good('h1'), h2: second });
    const { code, stderr } = await box.run();
    assert.equal(code, 1);
    assert.match(stderr, reason);
    assert.equal(existsSync(box.keys), false);
    assert.match(await box.read('calls'), /^h1 let go$/m);
  });
}

test('--dry-run prints what would be done, and makes no keys and no notes', async () => {
  await using box = await prepare({ h1: good('h1'), h2: good('h2') });
  const { code, stdout } = await box.run('--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /Would set up h1 as the first member\n.*Would give h1 its access to etcd\n/);
  assert.match(stdout, /Would set up h2 as a member.*\n.*Nothing was changed\.\n$/);
  assert.deepEqual([existsSync(box.keys), await box.read('config/names')], [false, '']);
});

test('a first server whose setup fails has its keys, and is named with the reason', async () => {
  await using box = await prepare({ h1: good('h1'), h2: good('h2') });
  const { code, stdout, stderr } = await box.run();
  assert.equal(code, 1);
  assert.match(
    stdout,
    /Adding h1\n.*Sending the files in .*\/hosts\/h1 to \/etc\/freehold\/deployed\nSetting up h1\n/,
  );
  assert.match(stderr, /etcd: no room\n[\s\S]*h1 did not become the first member of the cluster/);
  const sent = (await box.read('sent')).trim().split('\n');
  for (const file of [
    'etcd/peer-key.pem',
    'client/key.pem',
    'hop/key.pem',
    'initial-cluster',
    'certificate-keys',
  ])
    assert.ok(sent.includes(`./cluster/${file}`), file);
  assert.equal(sent.at(-1), '.whole');
  assert.equal(await box.read('config/names'), 'h1 h1\nh2 h2\n');
});
