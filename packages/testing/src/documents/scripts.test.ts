// Scripts that the documents call exist and know the options.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../run/test-files.ts';
import { codeOf, pagePaths, readPage } from './pages.ts';

const call = /(?<![\w-])(?:\.\/|\/opt\/freehold\/)?(scripts\/[\w./-]+\.sh)([^|;&]*)/;

/** The options of a call; those after -- are another program's, as are those of etcdctl.sh. */
function optionsOf(script: string, words: string): string[] {
  if (script.endsWith('/etcdctl.sh')) return [];
  const own = words.replace(/\s#.*$/, '').split(/\s--\s/)[0] ?? '';
  return [...own.matchAll(/(?<=\s|^|\[)--[a-z][\w-]*/g)].map(([option]) => option);
}

const helpOf = (script: string) => /(?:^#.*\n)+/m.exec(readFileSync(join(root, script), 'utf8'))?.[0] ?? '';

/** Why a line of code cannot be run; nothing if it can, or calls no script. */
function faultOf(code: string): string | undefined {
  const [, script, words = ''] = call.exec(code) ?? [];
  if (script === undefined) return undefined;
  if (!existsSync(join(root, script))) return `${code}: no ${script}`;
  const unknown = optionsOf(script, words).filter((option) => !helpOf(script).includes(option));
  return unknown.length > 0 ? `${code}: ${script} has no ${unknown.join(' ')}` : undefined;
}

test('Every script that the documents call exists and has the options.', () => {
  const pages = pagePaths.filter((path) => path !== 'CHANGELOG.md');
  const faults = pages.flatMap((path) => codeOf(readPage(path)).flatMap((code) => faultOf(code) ?? []));
  assert.deepEqual(faults, []);
});

test('A script or an option that does not exist is noticed.', () => {
  assert.match(faultOf('scripts/none.sh all') ?? '', /no scripts\/none\.sh/);
  assert.match(faultOf('sudo scripts/test.sh --none') ?? '', /has no --none/);
  assert.equal(faultOf('scripts/deploy/run.sh all -- systemctl --failed'), undefined);
});
