// A server reports which host it is, and gets the secrets of that host: so it must not change its name after the first
// deploy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Binding, parseNames, whyNotNamed, withName } from './host-names.ts';

const known = new Map([
  ['10.0.0.1', 'h1.test'],
  ['h2.test', 'h2.test'],
]);

function refusal(server: string, name: string, more: Partial<Binding> = {}): string | undefined {
  return whyNotNamed({ server, name, names: known, namesFile: '/c/names', ...more });
}

test('a server keeps the name that it had at its first deploy, and no other gets it', () => {
  assert.equal(refusal('root@10.0.0.1', 'h1.test'), undefined);
  assert.equal(refusal('h3.test', 'h3.test'), undefined);
  assert.match(
    refusal('10.0.0.1', 'h2.test') ?? '',
    /reports the name 'h2\.test', but \/c\/names has that name for h2\.test/,
  );
  assert.match(
    refusal('10.0.0.1', 'h5.test') ?? '',
    /reports the name 'h5\.test', but had the name 'h1\.test' before/,
  );
  assert.match(
    refusal('10.0.0.2', 'h1.test') ?? '',
    /reports the name 'h1\.test', but .* has that name for 10\.0\.0\.1/,
  );
});

test('what is no host name is refused', () => {
  for (const none of ['..', '.', '', 'a/b', '../hosts', 'h9.test\nh1.test', 'h9 test', '-x', 'a'.repeat(254)])
    assert.match(refusal('10.0.0.9', none) ?? '', /which is not a host name/);
});

test("an operator's word replaces the name of a server, but with neither another server's name nor one that it denies", () => {
  assert.equal(refusal('h2.test', 'h5.test', { said: 'h5.test' }), undefined);
  assert.match(refusal('h2.test', 'h1.test', { said: 'h1.test' }) ?? '', /has that name for 10\.0\.0\.1/);
  assert.match(refusal('h3.test', 'h3.test', { said: 'h4.test' }) ?? '', /'h3\.test', not 'h4\.test'/);
});

test('a new server does not get the files of a host with another name, unless the operator confirms that it is that host', () => {
  const ownFiles = '/c/hosts/h7.test';
  assert.match(
    refusal('h8.test', 'h7.test', { ownFiles }) ?? '',
    /hosts\/h7\.test has files for a server that was not/,
  );
  assert.match(
    refusal('root@10.0.0.2', 'h7.test', { ownFiles }) ?? '',
    /deploy\.sh root@10\.0\.0\.2 --name h7\.test/,
  );
  assert.equal(refusal('h7.test', 'h7.test', { ownFiles }), undefined);
  assert.equal(refusal('10.0.0.2', 'h7.test', { ownFiles, said: 'h7.test' }), undefined);
});

test('the file of names has each server once', () => {
  assert.equal(withName('', 'root@h1', 'h1.test'), 'h1 h1.test\n');
  assert.equal(withName('h1 a.test\nh2 b.test\n', 'h1', 'c.test'), 'h2 b.test\nh1 c.test\n');
});

test('spaces, tabs and carriage returns around names do not matter', () => {
  const text = ' h1 one.test\r\nh2\t two.test\n\n';
  assert.deepEqual(
    [...parseNames(text)],
    [
      ['h1', 'one.test'],
      ['h2', 'two.test'],
    ],
  );
  assert.equal(withName(text, 'root@h1', 'three.test'), 'h2\t two.test\nh1 three.test\n');
});
