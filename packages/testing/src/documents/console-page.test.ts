import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternOf, stepsOf } from './console-page.ts';

const page =
  '# One\n\n## Two\n\n```console\nlaptop$ ls\na  1\nh1# pwd\n```\n\n```console\nh2# date\n…\n```\n';

test('The steps of a page are its commands with the machine, the section and the output.', () => {
  assert.deepEqual(stepsOf(page), [
    { section: 'Two', machine: 'laptop', command: 'ls', output: ['a  1'] },
    { section: 'Two', machine: 'h1', command: 'pwd', output: [] },
    { section: 'Two', machine: 'h2', command: 'date', output: ['…'] },
  ]);
  assert.throws(() => stepsOf('```console\nhello\n```\n'), /No prompt/);
});

test('Numbers, gaps and what … stands for may differ from the page, and nothing else.', () => {
  const shown = ['[   1 s] Begin', '…', 'site  a … b'];
  assert.match('[  12 s] Begin\nx\ny\nsite     a anything b\n', patternOf(shown));
  assert.match('[  12 s] Begin\nsite a  b\n', patternOf(shown));
  assert.doesNotMatch('[  12 s] End\nsite a  b\n', patternOf(shown));
  assert.doesNotMatch('[  12 s] Begin\nsite a  b\nmore\n', patternOf(shown));
  assert.match('', patternOf([]));
  assert.doesNotMatch('output\n', patternOf([]));
});
