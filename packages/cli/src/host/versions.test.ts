import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverRow, serversFault } from './server-row.ts';
import { versionRows } from './versions.ts';

test('versions are listed the newest first, with the one in use', () => {
  const folders = [
    { name: 'freehold-a-1', made: new Date('2030-01-01T00:00:00Z') },
    { name: 'freehold-b-2', made: new Date('2030-01-02T00:00:00Z') },
    { name: 'other', made: new Date() },
  ];
  assert.deepEqual(versionRows(folders, 'a-1'), [
    { version: 'b-2', inUse: false, made: '2030-01-02T00:00:00.000Z' },
    { version: 'a-1', inUse: true, made: '2030-01-01T00:00:00.000Z' },
  ]);
});

test('a server that does not answer keeps its recorded name', () => {
  const row = serverRow(
    { server: 'me@h1', code: 255, rows: [], fault: 'Cannot reach h1' },
    new Map([['h1', 'h1.test']]),
  );
  assert.deepEqual([row.host, row.reached, row.sites], ['h1.test', false, null]);
  assert.equal(serversFault([row]), '1 of 1 servers have problems: me@h1.');
  assert.equal(serversFault([{ server: 'h2', problem: null }]), undefined);
});
