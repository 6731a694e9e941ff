import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPage } from './pages.ts';
import { renderUnitsPage, unitsPage } from './units-page.ts';

test('The page of the units is what the unit files make it.', () => {
  assert.equal(
    readPage(unitsPage),
    renderUnitsPage(),
    'write it again: npm run documents --workspace packages/testing',
  );
});

test('Every unit of the page has a description.', () => {
  assert.doesNotMatch(renderUnitsPage(), /\| +\|$/m);
});
