import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { issueCertificate, ofCa } from '@freehold/testing/issue-certificate';
import { certificateId } from './certificate-id.ts';

const issuer = await issueCertificate({
  commonName: 'issuer',
  extensions: [...ofCa, 'subjectKeyIdentifier=hash'],
});

/** In hexadecimal, as openssl prints them. */
function printed(certificate: string, option: string): string {
  const text = execFileSync('openssl', ['x509', '-noout', ...option.split(' ')], {
    input: certificate,
  }).toString();
  return text.replace(/^.*=|^X509v3.*$|keyid:|[:\s]/gim, '');
}

test('the identifier is that of the issuer, and the serial number as in DER', async () => {
  // Half of the serial numbers have their first bit set.
  for (let count = 0; count < 6; count++) {
    const { certificate } = await issueCertificate({
      commonName: 'a.test',
      extensions: ['authorityKeyIdentifier=keyid'],
      issuer,
    });
    const [key, serial] = (certificateId(new X509Certificate(certificate)) ?? '').split('.');
    const hex = (text = '') => Buffer.from(text, 'base64url').toString('hex').toUpperCase();
    assert.equal(hex(key), printed(certificate, '-ext authorityKeyIdentifier'));
    const expected = printed(certificate, '-serial');
    assert.equal(hex(serial), /^[89A-F]/.test(expected) ? `00${expected}` : expected);
  }
});

test('a certificate without the key identifier has no ARI identifier', async () => {
  const { certificate } = await issueCertificate({
    commonName: 'a.test',
    extensions: ['basicConstraints=CA:FALSE', 'authorityKeyIdentifier=none'],
  });
  assert.equal(certificateId(new X509Certificate(certificate)), undefined);
});
