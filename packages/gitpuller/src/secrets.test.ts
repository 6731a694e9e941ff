import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreeholdError } from '@freehold/core/error';
import { parseGitUrl } from './git-url.ts';
import { makeSecrets, redactError, redactLog } from './secrets.ts';

function secretsOf(url: string) {
  const secrets = makeSecrets();
  const { credential } = parseGitUrl(url);
  if (credential) secrets.add(credential);
  return secrets;
}

test('A password is removed from a text in each of its forms, and the rest of the text stays.', () => {
  const { redact } = secretsOf('https://me:to%2Fk%40en@h.test/a');
  const basic = Buffer.from('me:to/k@en').toString('base64');
  assert.equal(
    redact(`remote: no user to/k@en, to%2Fk%40en or Basic ${basic} at h.test, says me.`),
    'remote: no user ***, *** or Basic *** at h.test, says me.',
  );
});

test('A token used as the user name is a secret too.', () => {
  for (const url of ['https://t0ken:x-oauth-basic@h/a', 'https://t0ken@h/a']) {
    assert.equal(secretsOf(url).redact('bad t0ken'), 'bad ***');
  }
  const long = 't0ken-of-some-length';
  assert.equal(secretsOf(`https://${long}:x@h/a`).redact(`bad ${long}`), 'bad ***');
});

test('Log lines, errors and stacks are redacted with the secrets known when they are written.', () => {
  const secrets = makeSecrets();
  const lines: string[] = [];
  const write = (sentence: string) => void lines.push(sentence);
  const log = redactLog({ error: write, warning: write, notice: write, info: write }, secrets);
  const { credential } = parseGitUrl('https://me:s3cret@h/a');
  assert.ok(credential);
  secrets.add(credential);
  for (const level of ['error', 'warning', 'notice', 'info'] as const) log[level]('It was s3cret.');
  assert.deepEqual(lines, Array(4).fill('It was ***.'));
  const usage = redactError(new FreeholdError('Bad s3cret.', { code: 'usage' }), secrets);
  assert.deepEqual([usage.message, (usage as FreeholdError).code], ['Bad ***.', 'usage']);
  assert.doesNotMatch(redactError(new Error('Bad s3cret.'), secrets).stack ?? '', /s3cret/);
});
