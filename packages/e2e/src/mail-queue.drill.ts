// Mail that the host has accepted arrives, whatever fails, is killed or loses power in the meantime.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, journal, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { assertAllArrive, startMailLoad } from './mail-load.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { run } from './run.ts';
import { swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config', 'docker'];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
const to = 'info@queue.test';
const added = 'added@queue.test';
const pem = '/data/runtime/haproxy/approved-certs/queue.test.pem';
let target: MailTarget;

before(async () => {
  // Certificates change the start of Postfix.
  const { certificate, key } = await makeCertificate(['queue.test']);
  await exec(
    ['sh', '-c', 'umask 077; cat >"$0"; chown --reference=/data/runtime/haproxy "$0"', pem],
    certificate + key,
  );
  await waitFor('it to be found', async () =>
    (await exec(['cat', '/data/runtime/postfix/certificates'])).includes(pem),
  );
  target = await startMailTarget();
  await mail('add', to, 'me@elsewhere.test');
  await waitFor('the forward', async () => (await swaks({ to })).taken, { everyMs: 200 });
});
after(async () => {
  for (const address of [to, added]) await mail('remove', address).catch(() => undefined);
  await exec(['rm', '-f', pem]);
  await target?.remove();
});

/** Sends messages while nobody is there to receive them; returns the words in their subjects. */
async function fillQueue(name: string, count: number): Promise<string[]> {
  const since = Date.now();
  await target.stop();
  const words = Array.from({ length: count }, (_, index) => `${name} ${index}.`);
  for (const one of words)
    assert.ok((await swaks({ to, data: `Subject: ${one}\r\n\r\nx\r\n` })).taken, 'accepted anyway');
  await waitFor('Postfix to have tried', async () =>
    (await journal(['postfix'], since)).includes('status=deferred'),
  );
  return words;
}

const idOf = (container: string) =>
  shell('docker inspect --format "{{.Id}}" "$1" 2>/dev/null || true', container);

async function kill(container: string): Promise<void> {
  const before = await idOf(container);
  await exec(['docker', 'kill', '--signal', 'KILL', container]);
  await waitFor(`another ${container}`, async () => !['', before].includes(await idOf(container)));
}

async function cutPower(): Promise<void> {
  assert.equal((await run('docker', ['kill', '--signal', 'KILL', hostName])).code, 0);
  assert.equal((await run('docker', ['start', hostName])).code, 0);
}

hostTest('mail for a target that is down waits, and is delivered once it is up', units, async () => {
  const words = await fillQueue('down', 5);
  assert.match(await exec(['docker', 'exec', 'postfix', 'postqueue', '-p']), /me@elsewhere\.test/);
  await target.start();
  await assertAllArrive(target, words);
});

hostTest(
  'Postfix is killed in the middle of mail, three times: all accepted mail arrives',
  units,
  async (context) => {
    const load = await startMailLoad(to, 'kill of Postfix');
    for (let round = 0; round < 3; round += 1) {
      await load.more(10);
      await kill('postfix');
    }
    await load.more(10);
    await load.end();
    const twice = await assertAllArrive(target, load.taken);
    context.diagnostic(`${load.taken.length} were accepted and arrived, ${twice} of them more than once`);
  },
);

hostTest(
  'postfix-config is killed while forwards change: mail flows, and the change is applied',
  units,
  async () => {
    const load = await startMailLoad(to, 'kill of postfix-config');
    await load.more(5);
    await kill('postfix-config');
    await mail('add', added, 'new@elsewhere.test');
    await kill('postfix-config');
    await waitFor('the change', async () => (await swaks({ to: added })).taken, { everyMs: 200 });
    await load.more(5);
    await load.end();
    await assertAllArrive(target, load.taken);
    await target.received('new@elsewhere.test', 'hello');
  },
);

hostTest(
  'the host loses power with mail waiting, in transit and arriving: all accepted mail arrives',
  units,
  async (context) => {
    const waiting = await fillQueue('waiting', 10);
    const load = await startMailLoad(to, 'coming in');
    await load.more(10);
    await target.start();
    await load.more(3);
    await cutPower();
    const since = Date.now();
    await load.more(10);
    context.diagnostic(`Mail was accepted again ${Date.now() - since} ms after the start`);
    await load.end();
    await waitFor(
      'the target',
      async () => (await tryExec(['docker', 'exec', 'mail-target', 'node', '-v'])).code === 0,
    );
    const taken = [...waiting, ...load.taken];
    const twice = await assertAllArrive(target, taken);
    context.diagnostic(`${taken.length} were accepted and arrived, ${twice} of them more than once`);
  },
);
