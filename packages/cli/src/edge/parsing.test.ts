// What edge modules make of the answers of systemctl, HAProxy and journalctl.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChecks } from './haproxy.ts';
import { parseJournal } from './journal.ts';
import { quoteWords } from './ssh.ts';
import { parseShow } from './systemd.ts';

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

test('checks are those of one host', () => {
  const line = (domain: string, server: string, status: string, check: string, code: string) => {
    const fields = Array<string>(40).fill('');
    [fields[0], fields[1], fields[17], fields[36], fields[37]] = [domain, server, status, check, code];
    return fields.join(',');
  };
  const csv = [
    '# pxname,svname',
    line('a.test', 'h1', 'UP', 'L7OK', '200'),
    line('b.test', 'h1', 'UP 1/2', 'L4CON', ''),
    line('c.test', 'h2', 'UP', 'L7OK', '200'),
  ].join('\n');
  assert.deepEqual(
    [...parseChecks(csv, 'h1')],
    [
      ['a.test', 'UP:L7OK/200'],
      ['b.test', 'UP:1/2:L4CON'],
    ],
  );
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

test('words reach the shell of a server as they are', () => {
  assert.equal(quoteWords(['a', "it's", '$(x)']), `'a' 'it'\\''s' '$(x)'`);
});
