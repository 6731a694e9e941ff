import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parseLocal, parseOwnAddress } from './mail-address.ts';

test('an address keeps its local part and gets the ASCII form of its domain', () => {
  assert.equal(parseAddress('Bob@Müller.Example'), 'Bob@xn--mller-kva.example');
  assert.equal(parseAddress("o'brien+x=y@a.test"), "o'brien+x=y@a.test");
  assert.deepEqual(parseOwnAddress('Bob@A.test'), { local: 'bob', domain: 'a.test' });
  assert.deepEqual(parseOwnAddress('@a.test'), { local: '*', domain: 'a.test' });
  assert.deepEqual(parseOwnAddress('*@a.test'), { local: '*', domain: 'a.test' });
});

const noAddresses = [
  '',
  'a',
  '@',
  'a@',
  'a@b',
  'a b@c.test',
  'a@b.test\nc@d.test',
  'a@b.test,c@d.test',
  '"a b"@c.test',
  'a..b@c.test',
  '.a@c.test',
  'a.@c.test',
  'a@[192.0.2.1]',
  'a@192.0.2.1',
  'a%b@c.test',
  'c.test!a@c.test',
  'a@b@c.test',
  '<a@b.test>',
  'a@b.test (comment)',
  'a@-b.test',
  `${'x'.repeat(65)}@a.test`,
  '|/bin/sh@a.test',
  'ä@a.test',
  'a\0@b.test',
];

test('an invalid address is refused with a message that contains it', () => {
  for (const text of noAddresses) {
    assert.throws(() => parseAddress(text), /is not a (?:mail address|domain name): /, JSON.stringify(text));
  }
});

test('a local part that could be mistaken for a path, a comment or the rest of the domain is refused', () => {
  for (const text of ['#a', 'a/b', '**', '*a', 'a*', '', 'a b', 'a@b', ':include:x'])
    assert.throws(() => parseLocal(text), /is not a mail address/, text);
});
