import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { readCertificate } from './certificate.ts';
import { parseDomain } from './domain.ts';

const domain = parseDomain('example.com');
let own: Awaited<ReturnType<typeof makeCertificate>>;
let foreign: typeof own;
before(async () => {
  own = await makeCertificate(['example.com', 'www.example.com']);
  foreign = await makeCertificate(['other.test']);
});

test('A chain with its key is good in any order of the two, with the leaf first.', () => {
  for (const pem of [
    own.certificate + own.key,
    own.key + own.certificate,
    `${own.certificate}\n# a note\n${foreign.certificate}${own.key}`,
  ]) {
    const { names, validFrom, validTo } = readCertificate(pem, domain);
    assert.deepEqual(names, ['example.com', 'www.example.com']);
    assert.ok(validFrom < validTo);
  }
});

test('A certificate for all names of the parent domain is good, and one for the parent itself is not.', async () => {
  const { certificate, key } = await makeCertificate(['*.example.com']);
  assert.deepEqual(readCertificate(certificate + key, parseDomain('shop.example.com')).names, [
    'shop.example.com',
  ]);
  assert.throws(
    () => readCertificate(certificate + key, domain),
    /not for example\.com but for DNS:\*\.example\.com/,
  );
});

test('What HAProxy could not serve is refused with the reason.', () => {
  const encrypted = own.key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY');
  const damaged = own.key.replace(/\n.{10}/, '\n!!!!!!!!!!');
  const cases: [string, RegExp][] = [
    [' \n', /^it is empty$/],
    ['hello', /^there is no certificate in it$/],
    [own.key, /^there is no certificate in it$/],
    [own.certificate, /^there is no private key in it$/],
    [own.certificate + foreign.key, /^its key is not that of its certificate$/],
    [foreign.certificate + own.certificate + own.key, /^its key is not that of its certificate$/],
    [foreign.certificate + foreign.key, /^it is not for example\.com but for DNS:other\.test$/],
    [own.certificate + encrypted, /^its key is encrypted$/],
    [own.certificate + damaged, /^its key is damaged/],
    [own.certificate.replace(/\n.{10}/, '\n!!!!!!!!!!') + own.key, /^a certificate in it is damaged/],
  ];
  for (const [pem, reason] of cases) {
    assert.throws(() => readCertificate(pem, domain), { name: 'FreeholdError', message: reason });
  }
});
