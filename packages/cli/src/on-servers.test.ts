import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, readAnswer } from './on-servers.ts';

const answer = (code: number, stdout: string, stderr = '') => readAnswer('h1', { code, stdout, stderr });

test('rows have the name of the server that was asked, regardless of the name that it reports', () => {
  assert.deepEqual(answer(0, '[{"a":1,"server":"h2"}]'), {
    server: 'h1',
    code: 0,
    rows: [{ a: 1, server: 'h1' }],
  });
  assert.deepEqual(answer(0, '{"a":1}').rows, [{ a: 1, server: 'h1' }]);
  assert.deepEqual(answer(0, '[]'), { server: 'h1', code: 0, rows: [] });
});

test('the exit code is 2 only if all servers refuse the arguments', () => {
  assert.deepEqual([[2, 2], [2, 1], [2, 0], [255]].map(codeOf), ['usage', 'failed', 'failed', 'failed']);
});

test('a read command that finds problems has rows and a reason', () => {
  assert.deepEqual(answer(1, '[{"a":1}]', 'note\n1 of 1 is wrong.\n').fault, '1 of 1 is wrong.');
  assert.equal(answer(1, '[]').fault, 'h1: the command failed there with exit code 1');
});

for (const [outcome, reason] of [
  [[255, '', 'Host key verification failed.'], /^Cannot reach h1: Host key .* Compare its host key/],
  [[255, '', 'Connection refused'], /^Cannot reach h1: Connection refused$/],
  [[127, '', 'sh: freehold: not found'], /^h1 does not have the command freehold/],
  [[1, '', 'sudo: /usr/local/bin/freehold: command not found'], /^h1 does not have the command freehold/],
  [[2, '', "Unknown option '--new'."], /^h1: Unknown option '--new'/],
  [[0, 'Welcome to h1!', ''], /^h1 sent an answer that is not JSON/],
  [[0, '3', ''], /^h1 sent an answer that is not JSON/],
] as const) {
  test(`${JSON.stringify(outcome)} has no rows, and a reason`, () => {
    const [code, stdout, stderr] = outcome;
    const { rows, fault } = answer(code, stdout, stderr);
    assert.deepEqual(rows, []);
    assert.match(fault ?? '', reason);
  });
}
