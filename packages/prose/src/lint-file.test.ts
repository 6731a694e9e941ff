import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceptions } from './exceptions.ts';
import { listFiles, readText } from './files.ts';
import { findInFile, isAllowedBy, lintFile } from './lint-file.ts';

const found = (path: string, text: string) => findInFile(path, text).map((match) => match.found);

test('Terms are found in the text of a document, but not in its code.', () => {
  const text = 'Do it by hand.\n\n    by hand\n\n`by hand`, [by\nhand](by-hand)\n\n```\nby hand\n```\n';
  assert.deepEqual(found('a.md', text), ['by hand', 'by hand']);
});

test('Terms are found in comments and messages, even across a line break, but not in code.', () => {
  const text = [
    '/**',
    ' * Written by',
    ' * hand. `by hand` is code.',
    ' */',
    `const anew = fail('Put back by ' + \`made anew \${anew} whoever\`);`,
    '// Left out.',
  ].join('\n');
  assert.deepEqual(found('a.ts', text), ['by hand', 'Put back', 'anew', 'whoever', 'Left out']);
});

test('Terms are found in comments and quoted text of scripts, units and configuration.', () => {
  const script = '# By\n# hand.\nsay "made anew: $1"\ntidy --by hand\nfail \'left out\'\n';
  assert.deepEqual(found('a.sh', script), ['By hand', 'anew', 'left out']);
  assert.deepEqual(found('a.service', 'Description=A barrier\nExecStart=/bin/tidy up\n'), ['barrier']);
});

test('Names of files, units and settings are not terms.', () => {
  assert.deepEqual(found('a.md', 'The files hop.pem, scripts/cluster/dismiss.sh and mail-barrier.'), []);
});

test('A problem is reported with its line, the term and its replacement.', () => {
  assert.deepEqual(lintFile('a.md', 'One\n\ntwo by hand\n'), ["a.md:3: 'by hand'; use: manually"]);
});

test('Every exception is needed.', () => {
  const found = listFiles().map((path) => ({ path, matches: findInFile(path, readText(path)) }));
  for (const exception of exceptions) {
    const isNeeded = found.some(({ path, matches }) =>
      matches.some((match) => isAllowedBy(exception, path, match)),
    );
    assert.ok(isNeeded, `${exception.path}: ${exception.found ?? 'all terms'}`);
  }
});
