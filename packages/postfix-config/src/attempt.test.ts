import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreeholdError } from '@freehold/core/error';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { createAttempt } from './attempt.ts';
import { createDesiredReader } from './desired-state.ts';
import { readPostfixSettings } from './settings.ts';

test('a repeated failure is logged once, and its end is logged too', async () => {
  const folder = await temporaryFolder();
  const stream = recordingStream();
  const log = createLog(stream);
  const settings = readPostfixSettings({
    FREEHOLD_HOST: 'h1.test',
    FREEHOLD_BOOT_ID: 'ab',
    FREEHOLD_POSTFIX_DIR: folder.path,
    FREEHOLD_HAPROXY_DIR: folder.path,
  });
  let fault = '';
  const readDesired = createDesiredReader(settings);
  const attempt = createAttempt({
    settings,
    log,
    signal: new AbortController().signal,
    readDesired: (snapshot) => (fault ? Promise.reject(new FreeholdError(fault)) : readDesired(snapshot)),
    reconcile: async () => 'done',
  });
  const none = { mail: new Map(), services: new Map() };
  try {
    for (const next of ['one fault', 'one fault', 'another', 'another', '', '', 'another']) {
      fault = next;
      assert.equal(await attempt(none), next ? 'waiting' : 'done');
    }
    assert.deepEqual(
      stream.lines.filter((line) => line.includes('configuration')),
      ['one fault', 'another', '', 'another'].map((reason) =>
        reason
          ? `<3>Cannot update the configuration; trying again: ${reason}`
          : '<5>The configuration is up to date again.',
      ),
    );
  } finally {
    await folder.remove();
  }
});
