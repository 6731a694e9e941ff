import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combine } from './combine.ts';
import type { Read, Row } from './command.ts';
import { statusCommands } from './commands/status.ts';

const status = (statusCommands[0] as unknown as { does: { read: Read } }).does.read;
const row: Row = {
  host: 'h2.test',
  version: null,
  programs: [],
  sites: 3,
  serving: 3,
  unhealthy: [],
  changing: [],
  certificates: 0,
  expiring: [],
  dumps: [],
  freeBytes: 1,
  totalBytes: 2,
};
const answer = (server: string, of: Row) => ({ server, code: 0, rows: [{ ...of, server }] });

test('a server whose answer lacks a key is reported, and the others are printed', () => {
  const { programs: _programs, dumps: _dumps, ...older } = row;
  const { lines, faults } = combine(status, [answer('h1', older), answer('h2', row)]);
  assert.deepEqual(faults, ["h1 answered without 'programs', 'dumps': its version differs."]);
  assert.deepEqual(lines.slice(0, 2), ['h2:', 'Host          h2.test']);
});

test('a server with another type for a key is reported too', () => {
  const { lines, faults } = combine(status, [answer('h1', { ...row, programs: 3 }), answer('h2', row)]);
  assert.match(faults[0] ?? '', /^h1 sent an unexpected answer: its version differs \(/);
  assert.equal(lines[0], 'h2:');
});
