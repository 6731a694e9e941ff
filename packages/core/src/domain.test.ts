import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesOf, parseCanonicalDomain, parseDomain } from './domain.ts';

test('A name is read as people write it and converted to its ASCII form.', () => {
  assert.equal(parseDomain('Example.COM'), 'example.com');
  assert.equal(parseDomain('Bücher.example'), 'xn--bcher-kva.example');
  assert.equal(parseDomain('xn--bcher-kva.example'), 'xn--bcher-kva.example');
  assert.equal(parseDomain('例え.テスト'), 'xn--r8jz45g.xn--zckzah');
  assert.equal(parseDomain('ｅｘａｍｐｌｅ.com'), 'example.com');
  assert.equal(parseDomain('straße.example'), 'xn--strae-oqa.example');
  assert.equal(parseDomain('1and1.example'), '1and1.example');
});

test('A name of the maximum length in DNS is accepted, and a longer one is refused.', () => {
  const label = 'a'.repeat(63);
  assert.equal(parseDomain(`${label}.${label}.${label}.${'b'.repeat(61)}`).length, 253);
  assert.throws(() => parseDomain(`${label}.${label}.${label}.${'b'.repeat(62)}`), /longer than 253/);
  assert.throws(() => parseDomain(`${label}a.com`), /is not allowed|no ASCII form/);
});

test('A site answers to its name with and without www.', () => {
  assert.deepEqual(namesOf(parseDomain('example.com')), ['example.com', 'www.example.com']);
});

const hostile = [
  ['', /it is empty/],
  ['localhost', /at least one dot/],
  ['example.com.', /is not a domain name/],
  ['.example.com', /is not a domain name/],
  ['a..b', /is not a domain name/],
  ['-a.com', /is not a domain name/],
  ['a-.com', /is not a domain name/],
  ['a b.com', /only letters/],
  ['a.com\nserver x 1.2.3.4', /only letters/],
  ['a.com\0', /only letters/],
  ['a"b.com', /only letters/],
  ["a'b.com", /only letters/],
  ['a.com/../../etc', /only letters/],
  ['..', /is not a domain name/],
  ['a_b.com', /only letters/],
  ['*.example.com', /only letters/],
  ['a.com:80', /only letters/],
  ['user@a.com', /only letters/],
  ['a%2eb.com', /only letters/],
  ['a。com', /only letters/],
  ['a\u200d.com', /only letters/],
  ['a\u202e.com', /only letters/],
  ['127.0.0.1', /IP address/],
  ['0x7f.1', /IP address/],
  ['2130706433', /IP address|at least one dot/],
  ['::1', /only letters/],
  ['xn--.com', /no ASCII form|is not allowed/],
] as const;
for (const [name, reason] of hostile) {
  test(`The name ${JSON.stringify(name)} is refused with the reason.`, () => {
    assert.throws(() => parseDomain(name), { name: 'FreeholdError', code: 'usage', message: reason });
  });
}

test('As part of a unit name, a domain is accepted only in its ASCII form, which the refusal contains.', () => {
  assert.equal(parseCanonicalDomain('xn--mller-kva.example'), 'xn--mller-kva.example');
  for (const name of ['Müller.example', 'xn--mller-KVA.example']) {
    const message = /write it as xn--mller-kva\.example, .*static@xn--mller-kva\.example/;
    assert.throws(() => parseCanonicalDomain(name), { code: 'usage', message });
  }
});

test('A refusal repeats only the beginning of a long name.', () => {
  assert.throws(
    () => parseDomain(`${'x'.repeat(1_000_000)} `),
    (error: Error) => error.message.length < 500,
  );
});
