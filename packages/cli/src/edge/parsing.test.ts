// What edge modules make of the answers of systemctl, HAProxy and journalctl.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEntries } from './etcd.ts';
import { parseChecks } from './haproxy.ts';
import { parseJournal } from './journal.ts';
import { quoteWords } from './ssh.ts';
import { parseShow, parseTime } from './systemd.ts';

test('properties of units are read in blocks, and one that occurs again has several lines', () => {
  const found = parseShow(
    'Id=a.service\nEnvironmentFiles=/x (ignore_errors=yes)\nEnvironmentFiles=/y (ignore_errors=no)\n\nId=b.service\nDescription=x=y\n',
  );
  assert.equal(
    found.get('a.service')?.get('EnvironmentFiles'),
    '/x (ignore_errors=yes)\n/y (ignore_errors=no)',
  );
  assert.equal(found.get('b.service')?.get('Description'), 'x=y');
  assert.equal(parseShow('').size, 0);
});

test('checks belong to one host; a new site has the check of the spare backend that the map assigns to it', () => {
  const state = [
    '# pxname,svname,status,last_chk,check_status,check_code,addr,',
    'spare-1,site,UP,,L7OK,200,172.30.0.2:80,',
    'spare-2,site,MAINT,,,,127.0.0.1:1,',
    'a.test,h1,UP,"one, two ""x""",L7OK,200,172.30.0.3:80,',
    'b.test,h1,UP 1/2,,L4CON,,172.30.0.4:80,',
    'c.test,h2,UP,,L7OK,200,172.30.0.5:80,',
    'again.test,h1,MAINT,,,,172.30.0.6:80,',
    '',
    '0x55d a.test a.test',
    '0x55e again.test spare-1',
    '0x55f spare-1 again.test',
    '',
  ].join('\n');
  assert.deepEqual(Object.fromEntries(parseChecks(state, 'h1')), {
    'a.test': 'UP:L7OK/200',
    'b.test': 'UP:1/2:L4CON',
    'again.test': 'UP:L7OK/200',
  });
  assert.equal(parseChecks('', 'h1').size, 0);
});

test('journal entries have the unit that they are about; a message may be bytes', () => {
  const text = [
    '{"__REALTIME_TIMESTAMP":"1893456000000000","_SYSTEMD_UNIT":"init.scope","UNIT":"static@a.test.service","MESSAGE":"Started"}',
    '{"__REALTIME_TIMESTAMP":"1893456001000000","OBJECT_SYSTEMD_UNIT":"static@a.test.service","_SYSTEMD_UNIT":"docker.service","MESSAGE":[104,105]}',
    '',
  ].join('\n');
  assert.deepEqual(parseJournal(text), [
    { time: '2030-01-01T00:00:00.000Z', unit: 'static@a.test.service', message: 'Started' },
    { time: '2030-01-01T00:00:01.000Z', unit: 'static@a.test.service', message: 'hi' },
  ]);
});

test('entries of etcd are decoded, and none is an empty list', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const text = JSON.stringify({
    kvs: [{ key: base64('/mail/ä'), value: base64('{}') }, { key: base64('/x') }],
  });
  assert.deepEqual(parseEntries(text), [
    { key: '/mail/ä', value: '{}' },
    { key: '/x', value: '' },
  ]);
  assert.deepEqual(parseEntries('{"header":{"revision":1}}'), []);
});

test('arguments reach the shell of a server unchanged', () => {
  assert.equal(quoteWords(['a', "it's", '$(x)']), `'a' 'it'\\''s' '$(x)'`);
});

test("systemd's times are read as ISO 8601", () => {
  assert.equal(parseTime('Tue 2030-01-01 02:03:04 UTC'), '2030-01-01T02:03:04.000Z');
  for (const none of ['', 'n/a', undefined]) assert.equal(parseTime(none), null);
});
