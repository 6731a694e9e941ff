import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { type Issued, issueCertificate, ofCa, type Request } from '@freehold/testing/issue-certificate';
import { readCertificate } from './certificate.ts';
import { parseDomain } from './domain.ts';

const domain = parseDomain('example.com');
const san = 'subjectAltName=DNS:example.com,DNS:www.example.com';
let own: Awaited<ReturnType<typeof makeCertificate>>;
let foreign: typeof own;
let root: Issued;
let upper: Issued;
let lower: Issued;
let leaf: Issued;
before(async () => {
  own = await makeCertificate(['example.com', 'www.example.com']);
  foreign = await makeCertificate(['other.test']);
  root = await issueCertificate({ commonName: 'Root', extensions: ofCa, signature: ['-sha1'] });
  upper = await issueCertificate({ commonName: 'Upper', extensions: ofCa, issuer: root });
  lower = await issueCertificate({ commonName: 'Lower', extensions: ofCa, issuer: upper });
  leaf = await issueCertificate({ commonName: 'example.com', extensions: [san], issuer: lower });
});

const read = (...parts: readonly string[]) => readCertificate(parts.join(''), domain, { at: new Date() });
const refused = (parts: readonly string[], message: RegExp) =>
  assert.throws(() => read(...parts), { name: 'FreeholdError', message });
const issue = (rest: Partial<Request>) =>
  issueCertificate({ commonName: 'example.com', extensions: [san], issuer: lower, ...rest });
/** Reads a leaf with its key and complete chain. */
const readWith = ({ certificate, key }: Issued) =>
  read(certificate, lower.certificate, upper.certificate, key);

test('A certificate and its key are accepted in any order, even beside an unrelated certificate.', () => {
  for (const parts of [
    [own.certificate, own.key],
    [own.key, own.certificate],
    [own.certificate, '\n# a note\n', foreign.certificate, own.key],
    [foreign.certificate, own.certificate, own.key],
  ]) {
    const { names, validFrom, validTo, pem } = read(...parts);
    assert.deepEqual(names, ['example.com', 'www.example.com']);
    assert.ok(validFrom < validTo);
    assert.equal(pem, own.certificate + own.key);
  }
});

test('A chain in any order is sorted: the leaf, its issuers without the root, then the key.', () => {
  const ordered = leaf.certificate + lower.certificate + upper.certificate + leaf.key;
  const all = [leaf.certificate, lower.certificate, upper.certificate];
  for (const parts of [
    [...all, leaf.key],
    [root.certificate, ...all.toReversed(), leaf.key],
    [leaf.key, upper.certificate, leaf.certificate, root.certificate, lower.certificate],
    [...all, ...all, foreign.certificate, leaf.key],
  ]) {
    assert.equal(read(...parts).pem, ordered);
  }
  assert.equal(read(...all, leaf.key).leafFirst, true);
  assert.equal(read(...all.toReversed(), leaf.key).leafFirst, false);
  assert.deepEqual(read(...all, leaf.key).notes, []);
});

test('The notes list each certificate that was removed from a chain, and a missing issuer.', () => {
  const { notes } = read(
    ...[leaf.certificate, lower.certificate, upper.certificate, root.certificate],
    ...[foreign.certificate, lower.certificate, leaf.key],
  );
  assert.match(
    notes.join(' '),
    /root 'CN=Root' is skipped.*'CN=other\.test' is not one of its issuers.*1 duplicate/,
  );
  assert.match(read(leaf.certificate, leaf.key).notes.join(), /issuer 'CN=Lower' is not included/);
});

test("A chain that lacks the leaf's issuer is refused for that reason, whatever its order.", () => {
  const reason = /^the certificate of the issuer 'CN=Lower' is missing/;
  refused([leaf.certificate, upper.certificate, root.certificate, leaf.key], reason);
  refused([root.certificate, leaf.certificate, leaf.key], reason);
});

test('Among cross-signed issuers, the acceptable one is used.', async () => {
  const crossed = await issue({
    commonName: 'Lower',
    extensions: ofCa,
    issuer: upper,
    ownKey: lower.key,
    signature: ['-sha1'],
  });
  const { pem } = read(
    ...[leaf.certificate, crossed.certificate],
    ...[lower.certificate, upper.certificate, leaf.key],
  );
  assert.equal(pem, leaf.certificate + lower.certificate + upper.certificate + leaf.key);
});

for (const digest of ['-sha1', '-sha224']) {
  test(`A leaf or an intermediate signed with ${digest.slice(1)} is refused; a root signed with it is accepted.`, async () => {
    const weak = await issue({ signature: [digest] });
    assert.throws(() => readWith(weak), /^FreeholdError: it is signed with .*, which browsers refuse/);
    const self = await issueCertificate({
      commonName: 'example.com',
      extensions: [san],
      signature: [digest],
    });
    refused([self.certificate, self.key], /^it is signed with/);
    const middle = await issue({ commonName: 'Middle', extensions: ofCa, signature: [digest] });
    const below = await issue({ issuer: middle });
    refused(
      [below.certificate, middle.certificate, below.key],
      /^its issuer's certificate 'CN=Middle' is refused: it is signed with/,
    );
    const top = await issueCertificate({ commonName: 'Top', extensions: ofCa, signature: [digest] });
    const direct = await issue({ issuer: top });
    assert.equal(read(direct.certificate, top.certificate, direct.key).pem, direct.certificate + direct.key);
  });
}

test('RSA signatures with MD5 and RSA-PSS signatures with SHA-1 are refused.', async () => {
  const key = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  const issuer = await issueCertificate({ commonName: 'RSA', key, extensions: ofCa });
  const pss = (digest: string, salt: string) =>
    issue({
      issuer,
      signature: [digest, '-sigopt', 'rsa_padding_mode:pss', '-sigopt', `rsa_pss_saltlen:${salt}`],
    });
  const sound = await pss('-sha256', '32');
  assert.ok(read(sound.certificate, sound.key).names.length > 0);
  for (const weak of [await pss('-sha1', '20'), await issue({ issuer, signature: ['-md5'] })]) {
    refused([weak.certificate, weak.key], /^it is signed with/);
  }
});

const keys: [string, string[], RegExp | undefined][] = [
  ['RSA with 1024 bits', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'], /1024 bits/],
  ['RSA with 2048 bits', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], undefined],
  ['RSA-PSS', ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'], /of type rsa-pss/],
  ['P-384', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], undefined],
  ['P-521', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'], /on the curve secp521r1/],
  ['secp256k1', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], /curve secp256k1/],
  ['Ed25519', ['-algorithm', 'ED25519'], /of type ed25519/],
];
for (const [kind, key, reason] of keys) {
  test(`A certificate with a key of the kind ${kind} is ${reason ? 'refused' : 'accepted'}.`, async () => {
    const issued = await issue({ key });
    if (reason) assert.throws(() => readWith(issued), { name: 'FreeholdError', message: reason });
    else assert.equal(readWith(issued).pem.startsWith(issued.certificate), true);
  });
}

test('A certificate outside its validity period is refused only if a time is given.', () => {
  const text = own.certificate + own.key;
  const after = (days: number) => new Date(Date.now() + days * 86_400_000);
  assert.throws(
    () => readCertificate(text, domain, { at: after(31) }),
    /^FreeholdError: it expired on \d{4}-/,
  );
  assert.throws(() => readCertificate(text, domain, { at: after(-1) }), /it is not valid before \d{4}-/);
  // A clock may be some minutes behind that of the CA.
  const begin = new X509Certificate(own.certificate).validFromDate.getTime();
  assert.ok(readCertificate(text, domain, { at: new Date(begin - 4 * 60_000) }));
  assert.throws(
    () => readCertificate(text, domain, { at: new Date(begin - 6 * 60_000) }),
    /not valid before/,
  );
  assert.ok(readCertificate(text, domain));
});

test('A certificate without a name in its subjectAltName is refused, whatever its common name.', async () => {
  for (const extensions of [[], ['subjectAltName=email:info@example.com']]) {
    const issued = await issue({ extensions });
    assert.throws(() => readWith(issued), /^FreeholdError: it has no DNS name in its subjectAltName/);
  }
});

test('An extended key usage must include TLS servers; a certificate without one is accepted.', async () => {
  const client = await issue({ extensions: [san, 'extendedKeyUsage=clientAuth'] });
  assert.throws(() => readWith(client), /its extended key usage excludes TLS servers/);
  const server = await issue({ extensions: [san, 'extendedKeyUsage=clientAuth,serverAuth'] });
  assert.ok(readWith(server));
  const middle = await issue({
    commonName: 'Mail',
    extensions: [...ofCa, 'extendedKeyUsage=emailProtection'],
  });
  const below = await issue({ issuer: middle });
  refused([below.certificate, middle.certificate, below.key], /'CN=Mail' is refused: its extended key usage/);
});

test('A key usage must include digitalSignature; a certificate without any is accepted.', async () => {
  const usages: [string, boolean][] = [
    ['keyUsage=critical,digitalSignature,keyEncipherment', true],
    ['keyUsage=digitalSignature,decipherOnly', true],
    ['keyUsage=keyEncipherment', false],
    ['keyUsage=critical,keyAgreement,decipherOnly', false],
  ];
  for (const [usage, sound] of usages) {
    const issued = await issue({ extensions: [san, usage] });
    if (sound) assert.ok(readWith(issued), usage);
    else assert.throws(() => readWith(issued), /its key usage excludes digitalSignature/, usage);
  }
});

test('A text from Windows, with bag attributes or an older form of key is read.', async () => {
  const rsa = await issue({ key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] });
  const older = (issued: Issued) => {
    const type = issued === rsa ? 'pkcs1' : 'sec1';
    return createPrivateKey(issued.key)
      .export({ type: type as 'pkcs1', format: 'pem' })
      .toString();
  };
  const attributes = 'Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n';
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  for (const issued of [rsa, leaf]) {
    const chain = [issued.certificate, lower.certificate, upper.certificate].join('');
    for (const text of [
      `\uFEFF${`${chain}${issued.key}`.replaceAll('\n', '\r\n')}`,
      `${attributes}${issued.key}${attributes}${chain}`,
      `${chain}${issued === rsa ? '' : parameters}${older(issued)}`,
      `${chain}${issued.key}`.replaceAll('-\n-', '--'),
    ]) {
      assert.ok(readCertificate(text, domain).pem.startsWith(chain));
    }
  }
});

test("A CA certificate is refused for a site, and a site's certificate as an issuer.", async () => {
  const ca = await issue({ extensions: [san, ...ofCa] });
  assert.throws(() => readWith(ca), /^FreeholdError: it is a CA certificate/);
  const forged = await issue({ commonName: 'below', issuer: leaf });
  refused(
    [forged.certificate, leaf.certificate, lower.certificate, forged.key],
    /'CN=example\.com' is refused: it is not a CA certificate/,
  );
});

test('A wildcard covers names with one more label, but not the name above them.', async () => {
  const { certificate, key } = await makeCertificate(['*.example.com']);
  const namesFor = (name: string) => readCertificate(certificate + key, parseDomain(name)).names;
  assert.deepEqual(namesFor('shop.example.com'), ['shop.example.com']);
  for (const name of ['example.com', 'a.shop.example.com']) {
    assert.throws(() => namesFor(name), new RegExp(`not for ${name} but for DNS:\\*\\.example\\.com`));
  }
  const partial = await makeCertificate(['w*.example.com', 'example.com']);
  assert.deepEqual(read(partial.certificate, partial.key).names, ['example.com']);
});

test('A text that HAProxy could not load is refused with the reason.', () => {
  const encrypted = own.key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY');
  const damaged = own.key.replace(/\n.{10}/, '\n!!!!!!!!!!');
  const cases: [string, RegExp][] = [
    [' \n', /^it is empty$/],
    ['hello', /^there is no certificate in it$/],
    [own.key, /^there is no certificate in it$/],
    [own.certificate, /^there is no private key in it$/],
    [own.certificate + foreign.key, /^its private key does not belong to any certificate in it$/],
    [foreign.certificate + foreign.key, /^it is not for example\.com but for DNS:other\.test$/],
    [own.certificate + encrypted, /^its key is encrypted$/],
    [own.certificate + damaged, /^its key is damaged/],
    [own.certificate.replace(/\n.{10}/, '\n!!!!!!!!!!') + own.key, /^a certificate in it is damaged/],
  ];
  for (const [pem, reason] of cases) refused([pem], reason);
});
