import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from './commands/all.ts';

const scripts = join(import.meta.dirname, '../../../scripts');

test('every script that the documents mention exists', async () => {
  const named = commands.flatMap(({ replaces = [] }) => replaces);
  assert.ok(named.length > 0);
  for (const name of named) await access(join(scripts, name.split(' ')[0] ?? ''));
});
