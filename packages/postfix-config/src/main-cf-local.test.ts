// An operator's manual settings may be wrong: they are refused by name, and mail continues without them.
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { openSmtp } from '@freehold/testing/smtp-client';
import { assertRefused, type BadSetting, reload } from './main-cf-local-under-test.ts';
import { startMail } from './test-mail.ts';

const forwards = { 'info@a.test': ['one@else.test'] };

/** One of each kind: a value, one with which a daemon does not start, a file, a name, no setting at all. */
const bad: readonly BadSetting[] = [
  ['message_size_limit = 100M', /message_size_limit = 100M, but a whole number is required/],
  ['smtpd_timeout = 0', /smtpd does not start with the settings in main\.cf\.local/],
  ['transport_maps = hash:/data/runtime/postfix/transport', /open database .*transport/],
  ['no_such_parameter = 1', /unused parameter: no_such_parameter/],
  ['no sign of equality', /missing '='/],
];

describe('main.cf.local', { concurrency: 3 }, () => {
  test(
    'a manual setting with which Postfix would not start is refused by its name, and mail is still forwarded',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards });
      const file = join(mail.folder, 'main.cf.local');
      const good = await readFile(file, 'utf8');
      await assertRefused(mail, bad);
      await mail.put('new@a.test', 'two@else.test');
      await mail.untilAnswered('new@a.test', 250);
      assert.match(await mail.send('new@a.test'), /^250 /);
      await mail.received('two@else.test');
      await writeFile(
        file,
        `${good}\nsmtpd_timeout = $\{stress?{10}:{90}}s\nmessage_size_limit = 7000\nsmtpd_banner = $myhostname, see https://a.test/\n`,
      );
      assert.equal(await reload(mail), 'accepted\n');
      assert.equal(await mail.postfix.exec('postconf', '-h', 'message_size_limit'), '7000\n');
    },
  );

  test(
    'a Postfix that starts with wrong lines in main.cf.local skips only these lines',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards });
      const mistakes =
        '\nmessage_size_limit = 100M\nsmtpd_timeout = 0\nno sign of equality\nmaximal_queue_lifetime = 3d';
      await appendFile(join(mail.folder, 'main.cf.local'), mistakes);
      await mail.postfix.stop();
      await mail.postfix.start();
      const logs = await mail.postfix.logs();
      for (const line of ['message_size_limit = 100M', 'smtpd_timeout = 0', 'no sign of equality']) {
        assert.ok(logs.includes(`main.cf.local, until it is corrected: '${line}': `), `${line} in ${logs}`);
      }
      assert.equal(await mail.postfix.exec('postconf', '-h', 'maximal_queue_lifetime'), '3d\n');
      assert.match(await mail.send('info@a.test'), /^250 /);
      await mail.received('one@else.test');
    },
  );

  for (const [messages, recipients] of [
    ['abc', '-1'],
    ['0', '99999999999'],
  ] as const) {
    test(
      `limits of sites that are '${messages}' and '${recipients}' are reported, and the defaults apply`,
      withPostfix,
      async () => {
        const env = { FREEHOLD_SITE_MESSAGES: messages, FREEHOLD_SITE_RECIPIENTS: recipients };
        await using mail = await startMail({ env });
        await using client = await openSmtp({ host: mail.postfix.address, port: 587 });
        assert.match(await client.say('EHLO site.test'), /^250/);
        const logs = await mail.postfix.logs();
        const warning = (value: string, usual: number) =>
          `is '${value}', which is not a whole number from 1 to 9999999: ${usual} is used`;
        assert.ok(logs.includes(`<4>FREEHOLD_SITE_MESSAGES ${warning(messages, 30)}`), logs);
        assert.ok(logs.includes(`<4>FREEHOLD_SITE_RECIPIENTS ${warning(recipients, 100)}`), logs);
      },
    );
  }

  for (const address of ['203.0.113.7', '127.0.0']) {
    test(
      `if the address for sites is ${address}, which the host does not have, Postfix reports it and still accepts mail`,
      withPostfix,
      async () => {
        await using mail = await startMail({ forwards, env: { FREEHOLD_SITES_ADDRESS: address } });
        assert.match(await mail.send('info@a.test'), /^250 /);
        assert.ok(
          (await mail.postfix.logs()).includes(
            `<4>Sites cannot send mail: this host has no address ${address}.`,
          ),
        );
      },
    );
  }
});
