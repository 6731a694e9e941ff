import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { optionsOf } from './command.ts';
import { commands } from './commands/all.ts';
import { renderDocuments } from './documents.ts';
import { renderHelp, usageOf } from './help.ts';

for (const { path, text } of renderDocuments()) {
  test(`${relative(join(import.meta.dirname, '../../..'), path)} is what the descriptions of the commands make it`, async () => {
    const found = await readFile(path, 'utf8');
    assert.equal(found, text, 'write it again: npm run documents --workspace packages/cli');
  });
}

test('the reference, the manual page and --help have the same commands, options and examples', () => {
  const documents = renderDocuments();
  const textOf = (pattern: RegExp) =>
    documents.flatMap(({ path, text }) => (pattern.test(path) ? [text] : [])).join('\n');
  const reference = textOf(/docs\/reference\//);
  const manual = textOf(/\.1$/);
  const plain = manual.replaceAll('\\-', '-').replaceAll('\\&...', '…');
  for (const spec of commands) {
    const help = renderHelp(spec);
    // Long lines are wrapped in the help only.
    const unwrapped = help.replace(/\s+/g, ' ');
    for (const text of [unwrapped, reference, plain]) assert.ok(text.includes(usageOf(spec)), spec.path);
    const words = [
      ...(spec.args ?? []).map(({ name }) => name),
      ...optionsOf(spec).map(({ name }) => `--${name}`),
      ...spec.examples.map(({ command }) => command),
    ];
    for (const word of words) {
      for (const text of [help, reference, plain]) assert.ok(text.includes(word), `${spec.path}: ${word}`);
    }
  }
});

test('no line of a help is wider than 100 characters, but for examples', () => {
  for (const spec of commands) {
    const [text = ''] = renderHelp(spec).split(/\nExamples?:\n/);
    for (const line of text.split('\n')) assert.ok(line.length <= 100, `${spec.path}: ${line}`);
  }
});

test('man finds no fault in the manual page', async (context) => {
  const run = promisify(execFile);
  const hasGroff = await run('groff', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasGroff) return context.skip('groff is not installed');
  const page = renderDocuments().find(({ path }) => path.endsWith('.1'));
  const { stderr } = await run('groff', ['-man', '-Tutf8', '-Kutf8', '-ww', '-z', page?.path ?? '']);
  assert.equal(stderr, '');
});
