import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CaaRecord, faultOfCaa } from './caa.ts';

const issuer = { identities: ['letsencrypt.org'], accountUrl: 'https://ca.test/acct/1' };
const issue = (value: string, critical = 0): CaaRecord => ({ critical, issue: value });

const permitted: Record<string, CaaRecord[]> = {
  'no records': [],
  'a record for the CA': [issue('letsencrypt.org')],
  'a record for the CA in other letters': [issue('LetsEncrypt.org')],
  'a record for the CA among others': [
    issue('ca.example'),
    issue('letsencrypt.org; validationmethods=http-01,dns-01'),
  ],
  'a record for this account': [issue(`letsencrypt.org;accounturi=${issuer.accountUrl}`)],
  'records about wildcards and reports only': [
    { critical: 0, issuewild: ';' },
    { critical: 128, iodef: 'mailto:a@example.com' },
  ],
};

const forbidden: Record<string, [CaaRecord[], RegExp]> = {
  'a record for another CA': [
    [issue('ca.example')],
    /allow only "ca\.example": add one with issue "letsencrypt\.org"/,
  ],
  'a record for no CA at all': [[issue(';')], /allow only ";"/],
  'a record for another method': [[issue('letsencrypt.org; validationmethods=dns-01')], /dns-01/],
  'a record for another account': [[issue('letsencrypt.org; accounturi=https://ca.test/acct/2')], /acct\/2/],
  'a critical record that is not known': [[issue('letsencrypt.org'), { critical: 128, tbs: 'x' }], /'tbs'/],
};

for (const [what, records] of Object.entries(permitted)) {
  test(`${what} let the CA issue`, () => assert.equal(faultOfCaa(records, issuer), undefined));
}

for (const [what, [records, reason]] of Object.entries(forbidden)) {
  test(`${what} forbids it`, () => assert.match(faultOfCaa(records, issuer) ?? '', reason));
}

test('a CA that does not publish its CAA names is excluded only by records that allow no CA', () => {
  const unnamed = { identities: undefined };
  assert.equal(faultOfCaa([issue('ca.example')], unnamed), undefined);
  assert.match(faultOfCaa([issue(';')], unnamed) ?? '', /allow only/);
});
