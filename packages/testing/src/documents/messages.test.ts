// What the pages about troubleshooting quote, the programs and scripts log.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../run/test-files.ts';
import { readPage, rowsOf } from './pages.ts';

/** Messages of ssh, the kernel and etcd. */
const foreign = [
  'Host key verification failed',
  'Permission denied',
  'No space left on device',
  'database space exceeded',
  'permission denied',
];

const sources = globSync(['packages/*/src/**/*.ts', 'scripts/**/*.sh', 'images/**/*'], {
  cwd: root,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile() && !/\.(test|drill)\.ts$|^machine-ca\.crt$/.test(entry.name))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n');

/** Messages in quotes, or as code of several words; units and paths are no messages. */
function messagesOf(cell: string): string[] {
  const quoted = [...cell.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text);
  const code = [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  return [...quoted, ...code.filter((text) => text.split(' ').length > 2)];
}

/** What code puts in place of the … is any text of one line, or the end of one string and the beginning of the next. */
function isLogged(message: string): boolean {
  const parts = message
    .split('…')
    .map((part) => part.trim())
    .filter(Boolean);
  const escaped = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(' ', '\\s+'));
  return new RegExp(escaped.join('[^\\n]{0,200}(?:\\n[^\\n]{0,200})?')).test(sources);
}

for (const page of globSync('docs/troubleshooting/*.md', { cwd: root })) {
  test(`What ${page} quotes is logged by a program or a script.`, () => {
    const messages = rowsOf(readPage(page)).flatMap(([seen = '']) => messagesOf(seen));
    const missing = messages.filter((message) => !foreign.includes(message) && !isLogged(message));
    assert.deepEqual(missing, []);
  });
}

test('A message that nobody logs is noticed.', () => {
  assert.ok(!isLogged('The … has been eaten'));
});
