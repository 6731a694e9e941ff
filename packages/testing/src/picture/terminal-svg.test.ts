import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTerminal } from './terminal-svg.ts';

test('A terminal is drawn with its prompt apart, special characters escaped, and empty lines as gaps.', () => {
  const svg = renderTerminal('A & B', ['$ echo "<a & b>"', '', '<a & b>']);
  assert.match(svg, /^<svg [^>]*width="167" height="124"/);
  assert.match(svg, />\$<\/text><text [^>]*>echo "&lt;a &amp; b&gt;"<\/text>/);
  assert.match(svg, /<title>A &amp; B<\/title>/);
  assert.equal(svg.match(/<text /g)?.length, 3);
  assert.doesNotMatch(svg, /<script|href|@import/);
});
