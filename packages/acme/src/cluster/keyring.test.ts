import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createKeyring, OutdatedKeysError } from './keyring.ts';

const line = (made: number) => `${made} ${randomBytes(32).toString('hex')}`;
const [old, fresh] = [line(1_700_000_000), line(1_700_000_001)];
const both = createKeyring(`${fresh}\n${old}\n`, '/keys');
const before = createKeyring(old, '/keys');

test('a value can be decrypted only with the key that encrypted it, and only under its own etcd key', () => {
  const sealed = before.seal('/certificates/a.test', 'secret ü');
  assert.doesNotMatch(sealed, /secret/);
  assert.deepEqual(before.open('/certificates/a.test', sealed), { text: 'secret ü', current: true });
  assert.deepEqual(both.open('/certificates/a.test', sealed), { text: 'secret ü', current: false });
  assert.equal(both.open('/certificates/b.test', sealed), undefined);
  assert.notEqual(before.seal('/a', 'x'), before.seal('/a', 'x'), 'each has a nonce of its own');
});

test('a member without the newest key reports it, and one with a newer key ignores old values', () => {
  const sealed = both.seal('/a', 'x');
  assert.throws(() => before.open('/a', sealed), OutdatedKeysError);
  assert.equal(createKeyring(fresh, '/keys').open('/a', before.seal('/a', 'x')), undefined);
});

test('a key from a machine whose clock is years ahead counts as newer too', () => {
  const ahead = line(Math.floor(Date.now() / 1000) + 10 * 365 * 86_400);
  const sealed = createKeyring(`${ahead}\n${fresh}\n`, '/keys').seal('/a', 'x');
  assert.throws(() => both.open('/a', sealed), OutdatedKeysError);
});

test('what is damaged is nothing', () => {
  const sealed = before.seal('/a', 'x');
  const other = sealed.endsWith('A') ? 'B' : 'A';
  for (const value of [
    '',
    'x',
    `${sealed.slice(0, -4)}${other.repeat(4)}`,
    sealed.slice(0, 30),
    sealed.slice(2),
  ]) {
    assert.equal(before.open('/a', value), undefined, value);
  }
});

test('a file that is not one of keys is refused', () => {
  for (const text of ['', 'x', `${old}\nx`, old.slice(0, -1)]) {
    assert.throws(() => createKeyring(text, '/keys'), /\/keys is not a file of keys/);
  }
});
