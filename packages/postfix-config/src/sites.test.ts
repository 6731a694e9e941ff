// Sites on this host send through it, at the address of their bridge and port 587, each as its own domain.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { sendMail } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { startMail, type TestMail, thisBoot, thisHost } from './test-mail.ts';

/** Tells etcd which site is at the address that the tests' clients come from. */
async function announce(mail: TestMail, domain: string): Promise<void> {
  const { gateway } = mail.postfix;
  await mail.etcd.put(
    `/services/wordpress/${domain}/${thisHost}`,
    JSON.stringify({ ip: gateway, port: 80, boot: thisBoot }),
  );
  await waitFor('it to be written down', async () =>
    (await readFile(join(mail.folder, 'senders'), 'utf8')).includes(`${gateway} ${domain}`),
  );
}

function sendAsSite(mail: TestMail, from: string, to: string): Promise<string> {
  return sendMail(
    { host: mail.postfix.address, port: 587 },
    { from, to: [to], data: 'Subject: from a site\r\n\r\nx\r\n' },
  );
}

test(
  'a site sends to anywhere as its own domain, with its own sender, and as no other',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards: { 'info@other.test': ['one@else.test'] } });
    assert.match(
      await sendAsSite(mail, 'wordpress@site.test', 'someone@elsewhere.test'),
      /^550 5\.7\.1 .*no site/,
    );
    await announce(mail, 'site.test');
    for (const from of ['wordpress@site.test', 'Shop@Www.Site.test']) {
      mail.receiver.mails.length = 0;
      assert.match(await sendAsSite(mail, from, 'someone@elsewhere.test'), /^250 /);
      assert.equal((await mail.received('someone@elsewhere.test')).from, from, 'not rewritten');
    }
    const forged = [
      'info@other.test',
      `root@${thisHost}`,
      '',
      'x@sub.site.test',
      'x@evilsite.test',
      'x@site.test@other.test',
      '"x@site.test"@other.test',
      'x%site.test@other.test',
      'site.test',
      'x@site.test.other.test',
    ];
    for (const from of forged) {
      assert.match(await sendAsSite(mail, from, 'someone@elsewhere.test'), /^5\d\d /, `<${from}>`);
    }
    assert.match(await sendAsSite(mail, 'x@site.test', 'info@other.test'), /^250 /);
    assert.equal((await mail.received('one@else.test')).from, 'x@site.test');
    const fromOutside = await mail.send('someone@elsewhere.test', 'x', 'wordpress@site.test');
    assert.match(fromOutside, /^554 /, 'port 25 relays for nobody, not for a site either');
    await mail.etcd.put(`/services/wordpress/site.test/${thisHost}`, JSON.stringify({ boot: thisBoot }));
    await waitFor('a stopped site to be refused', async () =>
      /^550/.test(await sendAsSite(mail, 'wordpress@site.test', 'someone@elsewhere.test')),
    );
    assert.doesNotMatch(await mail.postfix.logs(), /: reload --/, 'sites come and go without a reload');
  },
);

test('a site that sends too much is told to wait, and mail from outside goes on', withPostfix, async () => {
  await using mail = await startMail({
    forwards: { 'info@a.test': ['one@else.test'] },
    env: { FREEHOLD_SITE_MESSAGES: '5' },
  });
  await announce(mail, 'site.test');
  const answers: string[] = [];
  for (let count = 0; count < 7; count++)
    answers.push(await sendAsSite(mail, 'x@site.test', 'y@elsewhere.test'));
  assert.deepEqual(
    answers.map((answer) => answer.slice(0, 3)),
    ['250', '250', '250', '250', '250', '450', '450'],
  );
  assert.match(await mail.send('info@a.test'), /^250 /);
});
