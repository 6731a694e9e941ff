import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServersFile, selectServers } from './servers.ts';

const list = { file: '/x/servers', listed: '# ours\nh1.test\nadmin@h2.test # the second\n\nh1.test\n' };

test('the servers of a list are each there once, without comments', () => {
  assert.deepEqual(parseServersFile(list.listed), ['h1.test', 'admin@h2.test']);
});

test("'all' stands for the servers in the list, also among others", () => {
  assert.deepEqual(selectServers('h3,all,h1.test', list), ['h3', 'h1.test', 'admin@h2.test']);
});

for (const [text, reason] of [
  ['-oProxyCommand=x', /is not a server/],
  ['h1;reboot', /is not a server/],
  ['h 1', /is not a server/],
  [',', /Missing servers after --on/],
] as const) {
  test(`'${text}' names no server`, () => {
    assert.throws(() => selectServers(text, list), reason);
  });
}

test('all without a list is refused, with the file to write', () => {
  assert.throws(() => selectServers('all', { ...list, listed: undefined }), /\/x\/servers does not exist/);
});
