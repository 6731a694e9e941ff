import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { renderWelcomePage } from './welcome-page.ts';

test('The page shows the name as people write it.', () => {
  const page = renderWelcomePage(parseDomain('xn--bcher-kva.example'));
  assert.match(page, /<h1>bücher\.example<\/h1>/);
  assert.match(page, /<title>bücher\.example<\/title>/);
});

test('Nothing in a name is interpreted as markup.', () => {
  assert.doesNotMatch(renderWelcomePage('<script>"&\'' as Domain), /<script>/);
});

test('The page loads nothing from other servers.', () => {
  assert.doesNotMatch(renderWelcomePage(parseDomain('example.com')), /https?:|src=|href=/);
});
