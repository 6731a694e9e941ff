// More wrong manual settings; main-cf-local.test.ts has one of each kind.
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { assertRefused, type BadSetting } from './main-cf-local-under-test.ts';
import { startMail } from './test-mail.ts';

const bad: readonly BadSetting[] = [
  ['smtpd_recipient_limit = many', /smtpd_recipient_limit = many, where a whole number is needed/],
  ['smtp_connect_timeout = soon', /smtp_connect_timeout = soon, where a time as 30s or 2h is needed/],
  ['soft_bounce = perhaps', /soft_bounce = perhaps, where yes or no is needed/],
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
