// All mail is sent through another server, which requires a login.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { startSmtpReceiver } from '@freehold/testing/smtp-receiver';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestMail } from './test-mail.ts';

test(
  'mail is sent through a relayhost with the password stored beside main.cf.local',
  withPostfix,
  async () => {
    await using mail = await createTestMail({ forwards: { 'info@a.test': ['one@else.test'] } });
    await using relay = await startSmtpReceiver({ login: 'someone:pass word' });
    const server = `[${mail.postfix.gateway}]:${relay.port}`;
    const settings = [
      'default_transport = smtp',
      `relayhost = ${server}`,
      'smtp_sasl_auth_enable = yes',
      'smtp_sasl_password_maps = texthash:/data/runtime/postfix/relay-password',
      // The test's server has no TLS; docs/how-to/forward-mail.md has what is for those that have.
      'smtp_sasl_security_options = noanonymous',
    ];
    await appendFile(join(mail.folder, 'main.cf.local'), `\n${settings.join('\n')}\n`);
    await writeFile(join(mail.folder, 'relay-password'), `${server} someone:pass word\n`, { mode: 0o600 });
    await once(mail.config('--once').process, 'close');
    await mail.postfix.start();
    assert.match(await mail.send('info@a.test'), /^250 /);
    await waitFor('it to arrive', () => relay.mails.some(({ to }) => to.includes('one@else.test')));
  },
);
