// etcd is unreachable, entries are invalid, the disk is full: mail continues with the last valid state.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { etcdctl, exec, journal, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { fillDisk, freeDisk, ownDisk, takeDiskAway } from './mail-disk.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config', 'etcd'];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
const to = 'info@trouble.test';
let target: MailTarget;

before(async () => {
  target = await startMailTarget();
  await mail('add', to, 'me@elsewhere.test');
  await untilTaken(to);
});
after(async () => {
  await takeDiskAway();
  await exec(['systemctl', 'start', 'etcd']);
  await etcdctl(['del', '--prefix', '/mail/trouble.test/']);
  await target?.remove();
});

const titled = (title: string) => `Subject: ${title}\r\n\r\nx\r\n`;

async function untilTaken(address: string): Promise<void> {
  await waitFor(`mail to ${address} to be accepted`, async () => (await swaks({ to: address })).taken, {
    everyMs: 200,
  });
}

/** Checks that a message passes now. */
async function assertFlows(title: string): Promise<void> {
  const { taken, said } = await swaks({ to, data: titled(title) });
  assert.ok(taken, said);
  await target.received('me@elsewhere.test', title);
}

async function kill(container: string): Promise<void> {
  const id = () => shell('docker inspect --format "{{.Id}}" "$1" 2>/dev/null || true', container);
  const before = await id();
  await exec(['docker', 'kill', '--signal', 'KILL', container]);
  await waitFor(`another ${container}`, async () => !['', before].includes(await id()));
}

hostTest(
  'while etcd is unreachable, mail continues, even with a newly started Postfix and postfix-config',
  units,
  async () => {
    await exec(['systemctl', 'stop', 'etcd']);
    await assertFlows('without etcd');
    for (const container of units.slice(0, 2)) await kill(container);
    await untilTaken(to);
    await assertFlows('started without etcd');
    assert.match((await swaks({ to: 'nobody@trouble.test' })).said, /550 5\.1\.1/);
    await exec(['systemctl', 'start', 'etcd']);
    await waitFor('etcd', () => mail('add', 'after@trouble.test', 'me@elsewhere.test').then(() => true));
    await untilTaken('after@trouble.test');
  },
);

const bad: [key: string, value: string, named: RegExp][] = [
  ['/mail/trouble.test/json', '{not json', /\/mail\/trouble\.test\/json/],
  ['/mail/trouble.test/empty', '[]', /\/mail\/trouble\.test\/empty/],
  ['/mail/trouble.test/number', '7', /\/mail\/trouble\.test\/number/],
  ['/mail/trouble.test/target', '["no address"]', /\/mail\/trouble\.test\/target/],
  ['/mail/trouble.test/lines', '["a@b.test\\nroot@c.test x@y.test"]', /\/mail\/trouble\.test\/lines/],
  ['/mail/trouble.test/pipe', '["|/bin/sh"]', /\/mail\/trouble\.test\/pipe/],
  ['/mail/trouble.test/a b', '["me@elsewhere.test"]', /\/mail\/trouble\.test\/a b/],
  ['/mail/no domain/x', '["me@elsewhere.test"]', /\/mail\/no domain\/x/],
  ['/mail/trouble.test/loop', '["loop2@trouble.test"]', /\/mail\/trouble\.test\/loop\b/],
  ['/mail/trouble.test/loop2', '["loop@trouble.test"]', /\/mail\/trouble\.test\/loop2/],
];

hostTest('each invalid entry is skipped and logged, and affects no other', units, async () => {
  const since = Date.now();
  for (const [key, value] of bad) await etcdctl(['put', key], value);
  await mail('add', 'good@trouble.test', 'me@elsewhere.test');
  await untilTaken('good@trouble.test');
  await assertFlows('beside bad entries');
  const said = await journal(['postfix-config'], since);
  for (const [key, , named] of bad) {
    assert.match(said, named);
    const local = key.slice(key.lastIndexOf('/') + 1);
    if (!/ /.test(key)) assert.ok(!(await swaks({ to: `${local}@trouble.test` })).taken, key);
  }
  for (const [key] of bad) await etcdctl(['del', key]);
});

hostTest(
  'a full disk below the configuration leaves the last valid one in use, and with free space the new one is applied',
  units,
  async () => {
    await ownDisk({ withQueue: false });
    await untilTaken(to);
    await fillDisk();
    const since = Date.now();
    await mail('add', to, 'other@elsewhere.test');
    await waitFor('postfix-config to report it', async () =>
      /ENOSPC|no space left/i.test(await journal(['postfix-config'], since)),
    );
    await assertFlows('on a full disk');
    await freeDisk();
    await waitFor('the new one', async () => {
      await swaks({ to, data: titled('with space again') });
      return (await target.mails()).some(({ to: [one] }) => one === 'other@elsewhere.test');
    });
    await takeDiskAway();
    await mail('add', to, 'me@elsewhere.test');
    await waitFor('the first one', async () =>
      (await exec(['docker', 'exec', 'postfix', 'cat', '/run/postfix/forwards'])).includes(`${to} me@`),
    );
  },
);

hostTest(
  'without space for its queue, Postfix defers senders, and delivers the mail that it has',
  units,
  async () => {
    await ownDisk({ withQueue: true });
    await untilTaken(to);
    await target.stop();
    assert.ok((await swaks({ to, data: titled('taken before') })).taken);
    await fillDisk();
    const { taken, said } = await swaks({ to, data: titled('offered while full') });
    assert.ok(!taken);
    assert.match(said, /<\*\* 452 /, 'its sender keeps it and tries again');
    await target.start();
    await target.received('me@elsewhere.test', 'taken before');
    await freeDisk();
    await assertFlows('offered again');
  },
);
