// Postfix on the host, as started by setup.sh: a change in etcd is effective within seconds and without a
// restart.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, journal, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const units = ['postfix', 'postfix-config'];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);

after(() => mail('remove', 'info@mailed.test'));

/** The answer to a client that offers a message to one recipient, and whether it was accepted. */
async function offer(recipient: string): Promise<{ taken: boolean; said: string }> {
  const target = ['--mail-from', 'somebody@elsewhere.test', '--mail-rcpt', recipient, '--upload-file', '-'];
  const { code, stderr } = await tryExec(
    ['curl', '--verbose', '--silent', '--max-time', '10', 'smtp://127.0.0.1/visitor.test', ...target],
    'Subject: a test\r\n\r\nhello\r\n',
  );
  return { taken: code === 0, said: stderr };
}

const container = () => shell('docker inspect --format "{{.Id}} {{.State.StartedAt}}" postfix');

hostTest(
  'a new forward is effective within seconds, without a restart, and so is its removal',
  units,
  async () => {
    const before = await container();
    assert.match((await offer('info@mailed.test')).said, /55[04] /);
    const since = Date.now();
    await mail('add', 'info@mailed.test', 'me@elsewhere.invalid');
    await waitFor('the address to be known', async () => (await offer('Info@Mailed.test')).taken);
    assert.match((await offer('nobody@mailed.test')).said, /550 /);
    assert.match(await mail('list'), /info@mailed\.test/);
    assert.match(await mail('test', 'info@mailed.test'), /me@elsewhere\.invalid/);
    await waitFor('its path to be in the journal', async () =>
      (await journal(['postfix'], since)).includes('orig_to=<Info@Mailed.test>'),
    );
    await mail('remove', 'info@mailed.test');
    await waitFor('the address to be unknown', async () => !(await offer('info@mailed.test')).taken);
    assert.equal(await container(), before);
  },
);

hostTest('nothing is relayed to others', units, async () => {
  for (const recipient of [
    'a@elsewhere.test',
    'a%elsewhere.test@mailed.test',
    '@mailed.test:a@elsewhere.test',
  ]) {
    const { taken, said } = await offer(recipient);
    assert.equal(taken, false, said);
  }
});

hostTest('both restart automatically after a kill, and a later change is effective', units, async () => {
  for (const unit of units) {
    const before = await shell('docker inspect --format "{{.Id}}" "$1"', unit);
    await exec(['docker', 'kill', '--signal', 'KILL', unit]);
    await waitFor('a new container', async () => {
      const now = await shell('docker inspect --format "{{.Id}}" "$1" 2>/dev/null || true', unit);
      return now !== '' && now !== before;
    });
  }
  await mail('add', 'info@mailed.test', 'me@elsewhere.invalid');
  await waitFor('the address to be known', async () => (await offer('info@mailed.test')).taken);
});
