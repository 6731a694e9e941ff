import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseGitUrl } from './git-url.ts';
import { makeRunFolder } from './run-folder.ts';

test('git finds the credential for the host as written in GITURL, and for no other.', async () => {
  for (const host of ['h.test', 'H.Test', 'h.test:443', 'h.test:8443']) {
    const folder = await makeRunFolder();
    const { url, credential } = parseGitUrl(`https://me:s3cret%2F@${host}/a.git`);
    assert.ok(credential);
    const file = await folder.writeCredential('credentials', url, credential);
    const lookUp = (wanted: string) =>
      execFileSync('git', ['credential-store', `--file=${file}`, 'get'], {
        input: `protocol=https\nhost=${wanted}\n\n`,
        encoding: 'utf8',
      });
    assert.equal(lookUp(/^https:\/\/([^/]+)/.exec(url)?.[1] ?? ''), 'username=me\npassword=s3cret/\n', host);
    assert.equal(lookUp('other.test'), '');
    await folder.remove();
  }
});
