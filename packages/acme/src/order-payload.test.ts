import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderPayload } from './order-payload.ts';

const own = 'https://ca.test/dir';
const certificate = {
  fingerprint: 'ab',
  validity: { start: 0, end: 1 },
  issuer: 'CA',
  names: ['a.test'],
  id: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
  directory: own,
};
const directory = {
  newOrder: '',
  newAccount: '',
  newNonce: '',
  renewalInfo: 'https://ca.test/renewal',
  meta: { profiles: { classic: 'ninety days', shortlived: 'six days' } },
};
const options = {
  names: ['a.test', 'www.a.test'],
  certificate,
  settings: { profile: undefined as string | undefined, directory: own },
  directory,
  renews: true,
};

test('a renewal tells the CA which certificate it replaces, if the CA has issued that and advises on renewals', () => {
  assert.equal(orderPayload(options).replaces, certificate.id);
  assert.equal(orderPayload({ ...options, renews: false }).replaces, undefined);
  const { renewalInfo: _, ...without } = directory;
  assert.equal(orderPayload({ ...options, directory: without }).replaces, undefined);
  const other = { ...certificate, directory: 'https://other.test/dir' };
  assert.equal(orderPayload({ ...options, certificate: other }).replaces, undefined);
});

test('an order is for all names, and for the profile of the settings if the CA offers it', () => {
  const { identifiers, profile } = orderPayload({
    ...options,
    settings: { profile: 'shortlived', directory: own },
  });
  assert.deepEqual(identifiers, [
    { type: 'dns', value: 'a.test' },
    { type: 'dns', value: 'www.a.test' },
  ]);
  assert.equal(profile, 'shortlived');
  assert.equal('profile' in orderPayload(options), false);
  assert.throws(
    () => orderPayload({ ...options, settings: { profile: 'tlsserver', directory: own } }),
    /it offers classic, shortlived, and FREEHOLD_ACME_PROFILE is tlsserver/,
  );
});
