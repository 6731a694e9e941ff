// Calls of freehold in the documents: the commands exist and have the options.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { optionsOf } from './command.ts';
import { commands } from './commands/all.ts';

const root = join(import.meta.dirname, '../../..');
const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root }).filter(
  (path) => !/reference\/freehold/.test(path),
);

/** Lines of code blocks, and spans of code. */
function codeOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^ {4}|^\w+[$#] /.test(line));
  return [...lines, ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)];
}

/** Why a call of freehold cannot work; nothing if it can, or is none. */
function faultOf(code: string): string | undefined {
  const [, words = ''] =
    /(?:^|[\s/])freehold ([a-z][^|;&#]*)/.exec(code.replace(/\/opt\/freehold\S*/g, '')) ?? [];
  if (words === '' || /^(help|COMMAND)\b/.test(words) || /^network |docker/.test(code)) return undefined;
  const spec = commands.find(({ path }) => `${words} `.startsWith(`${path} `));
  if (spec === undefined)
    return /^[a-z]+(\s[a-z-]+)?(\s|$)/.test(words) ? `no command: freehold ${words}` : undefined;
  const known = optionsOf(spec).map(({ name }) => `--${name}`);
  const unknown = [...words.matchAll(/(?<=\s)--[a-z][\w-]*/g)].filter(([option]) => !known.includes(option));
  return unknown.length > 0 ? `freehold ${spec.path} has no ${unknown.join(' ')}` : undefined;
}

test('Every command of freehold in the documents exists and has the options', () => {
  const faults = pages.flatMap((page) =>
    codeOf(readFileSync(join(root, page), 'utf8')).flatMap((code) => {
      const fault = faultOf(code);
      return fault === undefined ? [] : [`${page}: ${fault}`];
    }),
  );
  assert.deepEqual(faults, []);
});

test('a command or an option that does not exist is noticed', () => {
  assert.match(faultOf('    freehold site sell example.com') ?? '', /no command/);
  assert.match(faultOf('freehold site list --loud') ?? '', /has no --loud/);
  assert.equal(faultOf('    freehold site add example.com --from ./pages'), undefined);
});
