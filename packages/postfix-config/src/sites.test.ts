// Sites on this host send through it, at the address of their bridge and port 587, each as its own domain.
import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { openSmtp, sendMail } from '@freehold/testing/smtp-client';
import { type RunningMail, startMail, type TestMail, thisHost } from './test-mail.ts';

/** Declares which site has the address of the tests' clients, as discovery@ does. */
async function announce(mail: TestMail, domain: string, address = mail.postfix.gateway): Promise<void> {
  await writeFile(join(mail.postfix.senders, domain), `${address}\n`);
}

/** The site has stopped. */
async function withdraw(mail: TestMail, domain: string): Promise<void> {
  await rm(join(mail.postfix.senders, domain));
}

function sendAsSite(mail: TestMail, from: string, to: string): Promise<string> {
  return sendMail(
    { host: mail.postfix.address, port: 587 },
    { from, to: [to], data: 'Subject: from a site\r\n\r\nx\r\n' },
  );
}

/** The limits are per minute, which may pass before a slow machine has sent that much. */
const oneHour = 'anvil_rate_time_unit = 1h';

/** haproxy-confd's list of the sites of all hosts. */
const knowSites = (mail: TestMail, ...sites: string[]) =>
  writeFile(
    join(mail.edge, 'hosts.map'),
    sites.flatMap((site) => [`${site} ${site}\n`, `www.${site} ${site}\n`]).join(''),
  );

describe('sites', { concurrency: 3 }, () => {
  describe('sites on one host', { ...withPostfix, concurrency: 1 }, () => {
    let mail: RunningMail;
    before(async () => {
      mail = await startMail({
        forwards: { 'info@other.test': ['one@else.test'], [`postmaster@${thisHost}`]: ['boss@else.test'] },
        env: { FREEHOLD_SITE_MESSAGES: '1000' },
      });
    });
    beforeEach(async () => {
      await mail.reset();
      for (const domain of await readdir(mail.postfix.senders)) await withdraw(mail, domain);
    });
    after(() => mail[Symbol.asyncDispose]());

    test(
      'a site sends anywhere as its own domain, with its own sender, and as no other',
      withPostfix,
      async () => {
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
        assert.match(fromOutside, /^554 /, 'port 25 relays for nobody, not even for a site');
        await withdraw(mail, 'site.test');
        await announce(mail, 'next.test');
        const stopped = await sendAsSite(mail, 'wordpress@site.test', 'someone@elsewhere.test');
        assert.match(stopped, /^550/, 'the next client with its address is not the site');
        assert.doesNotMatch(await mail.postfix.logs(), /: reload --/, 'sites come and go without a reload');
      },
    );

    test('www.DOMAIN belongs to the site DOMAIN, unless it is a separate site', withPostfix, async () => {
      await announce(mail, 'site.test');
      assert.match(await sendAsSite(mail, 'x@www.site.test', 'y@elsewhere.test'), /^250 /);
      await announce(mail, 'www.site.test', '198.18.255.254');
      assert.match(await sendAsSite(mail, 'x@www.site.test', 'y@elsewhere.test'), /^550 /);
      await withdraw(mail, 'site.test');
      await announce(mail, 'www.site.test');
      assert.match(await sendAsSite(mail, 'x@www.site.test', 'y@elsewhere.test'), /^250 /);
      assert.match(await sendAsSite(mail, 'x@site.test', 'y@elsewhere.test'), /^550 /);
    });

    test(
      'even to a postmaster without a domain, a site cannot send under another name',
      withPostfix,
      async () => {
        await announce(mail, 'site.test');
        for (const to of [
          'postmaster',
          '"postmaster"',
          ' postmaster ',
          '@a.test:postmaster',
          'post\\master',
        ]) {
          assert.match(await sendAsSite(mail, 'victim@other.test', to), /^5\d\d /, `<${to}>`);
        }
        assert.match(await sendAsSite(mail, 'x@site.test', 'postmaster'), /^250 /);
        await mail.received('boss@else.test');
        assert.match(await mail.postfix.exec('postqueue', '-p'), /is empty/);
        assert.equal(mail.receiver.mails.length, 1);
      },
    );

    test(
      'a site that holds its connections open does not prevent the others from sending',
      withPostfix,
      async () => {
        const { address } = mail.postfix;
        const held = [];
        try {
          for (let count = 0; count < 25; count++) held.push(await openSmtp({ host: address, port: 587 }));
          const answers = await Promise.all(held.map((one) => one.say('EHLO site.test')));
          assert.equal(answers.filter((answer) => answer.startsWith('250')).length, 5, answers.join('; '));
          const greeting = `socat -u -T 2 TCP:${address}:587 - | head -n 1`;
          assert.match(await mail.postfix.exec('sh', '-c', greeting), /^220 /, 'from another address');
        } finally {
          for (const one of held) await one[Symbol.asyncDispose]();
        }
      },
    );
  });

  test('a site that sends too much is deferred, and mail from outside continues', withPostfix, async () => {
    await using mail = await startMail({
      forwards: { 'info@a.test': ['one@else.test'] },
      env: { FREEHOLD_SITE_MESSAGES: '5' },
      settings: [oneHour],
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

  test('a site that writes to too many recipients is deferred', withPostfix, async () => {
    await using mail = await startMail({ env: { FREEHOLD_SITE_RECIPIENTS: '7' }, settings: [oneHour] });
    await announce(mail, 'site.test');
    await using client = await openSmtp({ host: mail.postfix.address, port: 587 });
    await client.mustSay('EHLO site.test', 'MAIL FROM:<x@site.test>');
    const answers: string[] = [];
    for (let count = 0; count < 8; count++)
      answers.push(await client.say(`RCPT TO:<y${count}@elsewhere.test>`));
    assert.deepEqual(
      answers.map((answer) => answer.slice(0, 3)),
      [...Array(7).fill('250'), '450'],
    );
  });

  test(
    'a site sends as a subdomain of its domain, unless that is another site, here or elsewhere, or a mail domain',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards: { 'info@mail.site.test': ['one@else.test'] } });
      await announce(mail, 'site.test');
      const send = (domain: string) => sendAsSite(mail, `x@${domain}`, 'y@elsewhere.test');
      assert.match(await send('news.site.test'), /^550 /, 'the list of sites is not known yet');
      await knowSites(mail, 'site.test', 'stopped.site.test', 'other.site.test');
      await announce(mail, 'other.site.test', '198.18.255.254');
      for (const domain of ['news.site.test', 'a.b.site.test', 'www.site.test', 'site.test'])
        assert.match(await send(domain), /^250 /, domain);
      for (const domain of [
        'other.site.test',
        'stopped.site.test',
        'mail.site.test',
        'site.test.evil.test',
        'test',
      ])
        assert.match(await send(domain), /^5\d\d /, domain);
      for (const domain of ['a.other.site.test', 'www.stopped.site.test', 'a.mail.site.test'])
        assert.match(await send(domain), /^550 /, domain);
    },
  );

  test(
    'a site sends notices, with the empty sender, to one recipient each and within its limits',
    withPostfix,
    async () => {
      await using mail = await startMail({ env: { FREEHOLD_SITE_MESSAGES: '4' }, settings: [oneHour] });
      assert.match(await sendAsSite(mail, '', 'y@elsewhere.test'), /^550 .*no site/, 'not a site');
      await announce(mail, 'site.test');
      assert.match(await sendAsSite(mail, '', 'y@elsewhere.test'), /^250 /);
      assert.equal((await mail.received('y@elsewhere.test')).from, '');
      const two = sendMail(
        { host: mail.postfix.address, port: 587 },
        { from: '', to: ['y@elsewhere.test', 'z@elsewhere.test'], data: 'x\r\n' },
      );
      assert.match(await two, /^550 5\.5\.3 /);
      const answers = [];
      for (let count = 0; count < 4; count++) answers.push(await sendAsSite(mail, '', 'y@elsewhere.test'));
      assert.match(answers.at(-1) ?? '', /^450 /);
    },
  );
});
