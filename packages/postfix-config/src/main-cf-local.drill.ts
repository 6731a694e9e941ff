// More wrong manual settings; main-cf-local.test.ts has one of each kind.
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { assertRefused, type BadSetting } from './main-cf-local-under-test.ts';
import { startMail } from './test-mail.ts';

const bad: readonly BadSetting[] = [
  ['smtpd_recipient_limit = many', /smtpd_recipient_limit = many, but a whole number is required/],
  ['smtp_connect_timeout = soon', /smtp_connect_timeout = soon, but a time such as 30s or 2h is required/],
  ['soft_bounce = perhaps', /soft_bounce = perhaps, but yes or no is required/],
  [
    'header_checks = regexp:/data/runtime/postfix/checks',
    /open \/data\/runtime\/postfix\/checks: No such file/,
  ],
  ['smtpd_helo_restrictions = check_helo_access texthash:/x, permit', /open database \/x: No such file/],
];

test('a manual setting with which Postfix would not start is refused by its name', withPostfix, async () => {
  await using mail = await startMail();
  await assertRefused(mail, bad);
});
