import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameBoot } from './boot-id.ts';
import { parseDomain } from './domain.ts';
import {
  formatServiceKey,
  formatServiceRecord,
  parseServiceKey,
  parseServiceRecord,
} from './service-record.ts';

const domain = parseDomain('example.com');
const boot = '11111111-2222-3333-4444-555555555555';

test('A key is written and read back.', () => {
  const key = { app: 'static-git', domain, host: 'host1.example.net' };
  assert.equal(formatServiceKey(key), '/services/static-git/example.com/host1.example.net');
  assert.deepEqual(parseServiceKey(formatServiceKey(key)), key);
});

test('A record is written as the contract specifies, and read back.', () => {
  const record = { boot, address: { ip: '172.30.0.5', port: 80 } };
  assert.equal(formatServiceRecord(record), `{"ip":"172.30.0.5","port":80,"boot":"${boot}"}`);
  assert.deepEqual(parseServiceRecord(formatServiceRecord(record)), record);
  assert.equal(formatServiceRecord({ boot }), `{"boot":"${boot}"}`);
  assert.deepEqual(parseServiceRecord(formatServiceRecord({ boot })), { boot });
  assert.equal(parseServiceRecord(`{"ip":"fd00::2","port":1,"boot":"a","more":[]}`).address?.ip, 'fd00::2');
});

for (const key of [
  '/services/static/example.com',
  '/services/static/example.com/host1/more',
  '/services/static//host1',
  '/services/Static/example.com/host1',
  '/services/static/Example.com/host1',
  '/services/static/bücher.example/host1',
  '/services/static/exa"mple.com/host1',
  '/services/static/example.com/host one',
  '/services/static/example.com/host1\n',
  '/services/static\n/example.com/host1',
  'services/static/example.com/host1',
  '/hosts/host1',
  '',
]) {
  test(`The key ${JSON.stringify(key)} is refused.`, () => {
    assert.throws(() => parseServiceKey(key), { name: 'FreeholdError' });
  });
}

test('A key with an invalid part is never created.', () => {
  assert.throws(() => formatServiceKey({ app: 'a/b', domain, host: 'h' }), /an app name has only lower-case/);
  assert.throws(
    () => formatServiceKey({ app: 'a', domain, host: '../h' }),
    /a host name has only lower-case/,
  );
});

const hostile: [string, RegExp][] = [
  ['', /not JSON/],
  ['{"ip":', /not JSON/],
  ['null', /Object/],
  ['[]', /Object|boot/],
  ['{}', /boot/],
  ['{"ip":"172.30.0.5","boot":"a"}', /there is an ip but no port/],
  ['{"ip":"1.2.3.4\\nserver evil","port":80,"boot":"a"}', /ip is not an IP address/],
  ['{"ip":"example.com","port":80,"boot":"a"}', /ip is not an IP address/],
  ['{"ip":"fe80::1%eth0","port":80,"boot":"a"}', /ip is not an IP address/],
  ['{"ip":5,"port":80,"boot":"a"}', /ip/],
  ['{"ip":"1.2.3.4","port":0,"boot":"a"}', /port/],
  ['{"ip":"1.2.3.4","port":70000,"boot":"a"}', /port/],
  ['{"ip":"1.2.3.4","port":"80","boot":"a"}', /port/],
  ['{"ip":"1.2.3.4","port":80.5,"boot":"a"}', /port/],
  ['{"ip":"1.2.3.4","port":80}', /boot/],
  ['{"ip":"1.2.3.4","port":80,"boot":"a b"}', /boot id is hexadecimal/],
  ['{"ip":"1.2.3.4","port":80,"boot":"-"}', /boot id is hexadecimal/],
  ['{"ip":"1.2.3.4","port":80,"boot":"----"}', /boot id is hexadecimal/],
  ['{"ip":"1.2.3.4","port":80,"boot":""}', /boot id is hexadecimal/],
  ['{"ip":"1.2.3.4","port":80,"boot":null}', /boot/],
  [`{"boot":"a","x":"${'x'.repeat(1024 * 1024)}"}`, /characters, more than the limit of 4096/],
];
for (const [value, reason] of hostile) {
  test(`The value ${value.slice(0, 60)} is refused with the reason.`, () => {
    assert.throws(() => parseServiceRecord(value), { name: 'FreeholdError', message: reason });
  });
}

test('A boot id is the same with and without dashes.', () => {
  assert.ok(sameBoot(boot, boot.replaceAll('-', '')));
  assert.ok(!sameBoot(boot, boot.replace('5', '6')));
});

test('An empty, missing or dashes-only boot id equals no other, not even itself.', () => {
  for (const none of ['', '-', '---', undefined]) {
    for (const other of ['', '-', undefined, boot]) assert.equal(sameBoot(none, other), false);
  }
});
