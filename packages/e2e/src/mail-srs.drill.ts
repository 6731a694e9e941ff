// Senders are rewritten on the host, so that forwarded mail passes SPF, and bounces find their way back.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Srs, srsForward } from '@freehold/postfix-config/srs-reference';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, repository } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, refused, startMailTarget } from './mail-target.ts';
import { swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config'];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
const day = 86_400_000;
let target: MailTarget;
let srs: Srs;

before(async () => {
  target = await startMailTarget();
  await mail('add', 'info@srs.test', 'me@elsewhere.test');
  await mail('add', 'gone@srs.test', refused.address);
  await waitFor('the forwards', async () => (await swaks({ to: 'info@srs.test' })).taken, { everyMs: 200 });
  srs = { secret: await exec(['cat', '/data/runtime/postfix/srs-secret']), domain: hostName };
});
after(async () => {
  for (const address of ['info@srs.test', 'gone@srs.test']) await mail('remove', address);
  await target?.remove();
});

/** The addresses that currently stand for a sender: on both sides of midnight, one of two. */
const rewritten = (sender: string) =>
  [new Date(), new Date(Date.now() - 60_000)].map((date) => srsForward(srs, sender, date).toLowerCase());

const titled = (title: string) => `Subject: ${title}\r\nFrom: <alice@sender.test>\r\n\r\nx\r\n`;

hostTest(
  'outside senders become addresses of this host, in the envelope and nowhere else',
  units,
  async () => {
    const senders = ['alice@sender.test', 'Bob+tag@Sender.test', 'SRS0=HHHH=TT=sender.test=carol@first.test'];
    for (const [index, from] of senders.entries()) {
      assert.ok((await swaks({ from, to: 'info@srs.test', data: titled(`rewritten ${index}.`) })).taken);
      const got = await target.received('me@elsewhere.test', `rewritten ${index}.`);
      assert.ok(rewritten(from).includes(got.from.toLowerCase()), `${from} became ${got.from}`);
      assert.match(got.data.toString(), /^From: <alice@sender\.test>\r$/m);
      assert.doesNotMatch(got.data.toString(), /SRS/);
    }
  },
);

hostTest('mail refused by the target is returned to the original sender', units, async () => {
  assert.ok((await swaks({ to: 'gone@srs.test', data: titled('will be refused') })).taken);
  const bounce = await target.received('alice@sender.test', refused.answer);
  assert.equal(bounce.from, '');
  assert.match(bounce.data.toString(), /will be refused/);
});

hostTest('a bounce that the target sends later is returned to the original sender', units, async () => {
  assert.ok((await swaks({ to: 'info@srs.test', data: titled('bounces later') })).taken);
  const { from } = await target.received('me@elsewhere.test', 'bounces later');
  assert.ok((await swaks({ from: '<>', to: from, data: titled('the late bounce') })).taken);
  assert.equal((await target.received('alice@sender.test', 'the late bounce')).from, '');
  const twice = srsForward(srs, 'SRS0=HHHH=TT=sender.test=carol@first.test', new Date());
  assert.ok((await swaks({ from: '<>', to: twice, data: titled('by way of the first') })).taken);
  await target.received('SRS0=HHHH=TT=sender.test=carol@first.test', 'by way of the first');
});

hostTest('rewritten addresses that are forged, changed or expired are refused', units, async () => {
  const good = srsForward(srs, 'alice@sender.test', new Date());
  const old = (days: number) => srsForward(srs, 'alice@sender.test', new Date(Date.now() - days * day));
  const bad = {
    'of another secret': srsForward({ ...srs, secret: 'guessed' }, 'alice@sender.test', new Date()),
    'for another name': good.replace('alice', 'victim'),
    'for another domain': good.replace('sender.test', 'elsewhere.test'),
    'of another day': good.replace(/^(SRS0=[^=]*=)../, '$1AA'),
    'without a hash': good.replace(/^SRS0=[^=]*/, 'SRS0='),
    'from 30 days ago': old(30),
    'SRS1 for another host': srsForward(srs, 'SRS0=H=T=o.test=u@first.test', new Date()).replace(
      'first.test',
      'second.test',
    ),
  };
  for (const [what, to] of Object.entries(bad)) {
    const { taken, said } = await swaks({ from: '<>', to });
    assert.ok(!taken, `${what}: ${to}`);
    assert.match(said, /<\*\* 55[04] 5\./, what);
  }
  assert.ok((await swaks({ from: '<>', to: old(5), data: titled('five days late') })).taken);
  await target.received('alice@sender.test', 'five days late');
});
