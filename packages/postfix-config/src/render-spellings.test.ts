import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { renderSpellings } from './render-spellings.ts';

/** Postfix's result for a command, using the same patterns in JavaScript's syntax. */
function filter(lines: readonly string[], command: string): string {
  for (const line of lines) {
    const [, pattern = '', result = ''] = /^\/(.*)\/ (.*)$/.exec(line) ?? [];
    const found = new RegExp(pattern.replaceAll('[[:space:]]', '\\s'), 'i').exec(command);
    if (found) return result.replace(/\$\{(\d+)\}/g, (_, group) => found[Number(group)] ?? '');
  }
  return command;
}

const lines = renderSpellings(
  ['plain.test', 'bücher.test', 'éà.müller.test', 'σας.test', 'straße.test', '例え.test'].map(parseDomain),
);

test('a recipient gets the ASCII form of its domain, in whatever case, and everything else stays', () => {
  assert.equal(lines.length, 5, 'none for a domain that has one form only');
  const cases = {
    'RCPT TO:<Info@bücher.test>': 'RCPT TO:<Info@xn--bcher-kva.test>',
    'rcpt to: <"a b"@BÜCHER.Test> NOTIFY=NEVER': 'rcpt to: <"a b"@xn--bcher-kva.test> NOTIFY=NEVER',
    'RCPT TO:info@bücher.test': 'RCPT TO:info@xn--bcher-kva.test',
    'RCPT TO:<x@Éà.mÜller.test>': `RCPT TO:<x@${parseDomain('éà.müller.test')}>`,
    'RCPT TO:<x@σας.test>': `RCPT TO:<x@${parseDomain('σας.test')}>`,
    'RCPT TO:<x@straße.test>': `RCPT TO:<x@${parseDomain('straße.test')}>`,
    'RCPT TO:<x@例え.test>': `RCPT TO:<x@${parseDomain('例え.test')}>`,
  };
  for (const [sent, meant] of Object.entries(cases)) assert.equal(filter(lines, sent), meant);
});

test('a command without a recipient in such a domain is unchanged', () => {
  for (const sent of [
    'RCPT TO:<info@xn--bcher-kva.test>',
    'RCPT TO:<info@bücherxtest>',
    'RCPT TO:<info@sub.bücher.test>',
    'RCPT TO:<info@bücher.test.elsewhere.test>',
    'RCPT TO:<"info@bücher.test> "@elsewhere.test>',
    'RCPT TO:<info@bücher.test>@elsewhere.test',
    'RCPT TO:<bücher.test>',
    'MAIL FROM:<info@bücher.test>',
    'RCPT TO:<x@STRASSE.test>',
  ]) {
    assert.equal(filter(lines, sent), sent);
  }
});

test('an upper-case letter that would yield another domain does not match', () => {
  assert.match(lines.join('\n'), /@\)\(σ\|Σ\)\(α\|Α\)ς\\\.test/);
  assert.match(lines.join('\n'), /@\)straße\\\.test/);
});
