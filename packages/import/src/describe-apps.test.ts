import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from './apps/app.ts';
import { describeApps } from './describe-apps.ts';

test('The help states for each app what it needs and what happens without data.', () => {
  const made: App = {
    name: 'notes',
    needs: { kind: 'folder', path: ['notes', 'pages'] },
    note: 'A note that is long enough for a second line, as it says a good deal about this app.',
    initial: { what: 'an empty notebook', create: async () => {} },
    rules: {},
  };
  const asked: App = {
    name: 'link',
    needs: { kind: 'file', path: ['link', 'URL'] },
    initial: { ask: () => '' },
    rules: {},
  };
  assert.equal(
    describeApps([made, asked]),
    `  notes  a file in notes/pages; without it, an empty notebook is created. A note that is long
         enough for a second line, as it says a good deal about this app.
  link   link/URL, which you write.`,
  );
});
