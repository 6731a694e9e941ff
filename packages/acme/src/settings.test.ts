import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAcmeSettings } from './settings.ts';

const operator = { FREEHOLD_OPERATOR: 'you@example.org' };

test("Let's Encrypt and its staging directory are used unless another CA is set", () => {
  const settings = readAcmeSettings(operator);
  assert.match(settings.directory, /^https:\/\/acme-v02\.api\.letsencrypt\.org/);
  assert.match(settings.staging ?? '', /staging/);
  assert.deepEqual(settings.resolvers, ['system', '1.1.1.1:53', '9.9.9.9:53']);
  const own = readAcmeSettings({ ...operator, FREEHOLD_ACME_DIRECTORY: 'https://ca.test/dir' });
  assert.equal(own.staging, undefined);
});

test('without an operator, and with FREEHOLD_ACME=off, automatic certificates are off', () => {
  assert.equal(readAcmeSettings({}).operator, undefined);
  assert.equal(readAcmeSettings({ ...operator, FREEHOLD_ACME: 'off' }).operator, undefined);
  assert.equal(readAcmeSettings(operator).operator, 'you@example.org');
});

const wrong: Record<string, [Record<string, string>, RegExp]> = {
  'an operator without a mail address': [
    { FREEHOLD_OPERATOR: 'me' },
    /FREEHOLD_OPERATOR is "me", but a mail address/,
  ],
  'an operator at a host without a domain': [
    { FREEHOLD_OPERATOR: 'admin@localhost' },
    /but a mail address is required/,
  ],
  'a directory without TLS': [
    { FREEHOLD_ACME_DIRECTORY: 'http://ca.test/' },
    /https URL of an ACME directory/,
  ],
  'a resolver without a port': [
    { FREEHOLD_ACME_RESOLVERS: '192.0.2.1' },
    /addresses with ports are required/,
  ],
  'a resolver that is a name': [
    { FREEHOLD_ACME_RESOLVERS: 'dns.test:53' },
    /addresses with ports are required/,
  ],
  'keys of a cluster in part': [
    { ...operator, FREEHOLD_ETCD_CERT: '/etc/freehold/cluster/x.pem' },
    /are all required/,
  ],
};

for (const [what, [env, sentence]] of Object.entries(wrong)) {
  test(`${what} is refused with a sentence`, () => {
    assert.throws(() => readAcmeSettings(env), { code: 'usage', message: sentence });
  });
}

test('resolvers are addresses with ports, IPv6 in brackets', () => {
  const { resolvers } = readAcmeSettings({ FREEHOLD_ACME_RESOLVERS: '192.0.2.1:53,[2001:db8::1]:5353' });
  assert.deepEqual(resolvers, ['192.0.2.1:53', '[2001:db8::1]:5353']);
});
