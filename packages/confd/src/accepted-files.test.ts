import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { createAcceptedFiles } from './accepted-files.ts';
import type { Desired } from './desired.ts';

const empty: Desired = { sites: new Map(), complete: true };

function start(path: string) {
  return createAcceptedFiles({
    render: ({ complete }) => new Map([[path, complete ? 'accepted' : 'newer']]),
    log: createLog(recordingStream()),
    unattended: false,
  });
}

test('Setting the clock back does not keep the files from being written.', async (t) => {
  const folder = await temporaryFolder();
  t.after(() => folder.remove());
  const files = start(join(folder.path, 'file'));
  t.mock.timers.enable({ apis: ['Date'], now: 7_200_000 });
  files.fallBehind();
  t.mock.timers.setTime(3_600_000);
  assert.ok((files.dueMs() ?? Number.POSITIVE_INFINITY) <= 800);
});

test('Files that another program has written do not count as accepted, and are written again.', async (t) => {
  const folder = await temporaryFolder();
  t.after(() => folder.remove());
  const path = join(folder.path, 'file');
  const files = start(path);
  assert.equal(await files.currentSince(), 0, 'nothing has been accepted');
  await files.write(empty);
  assert.ok((await files.currentSince()) > 0);
  await writeFile(path, 'foreign');
  assert.equal(await files.currentSince(), 0);
  await files.write(empty);
  assert.ok((await files.currentSince()) > 0, 'they were compared with the disk');
});

test('A reload without an answer may have read older files, so restored files count as new ones.', async (t) => {
  const folder = await temporaryFolder();
  t.after(() => folder.remove());
  const files = start(join(folder.path, 'file'));
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  await files.write(empty);
  const newest = { ...empty, complete: false };
  t.mock.timers.setTime(2000);
  await files.publish(new Map([[join(folder.path, 'file'), 'newer']]), async () => ({
    kind: 'absent',
    reason: 'lost',
  }));
  t.mock.timers.setTime(3000);
  await files.await({ served: empty, newest });
  assert.equal(await files.currentSince(), 3000);
  t.mock.timers.setTime(4000);
  await files.await({ served: empty, newest });
  assert.equal(await files.currentSince(), 3000, 'nothing was written');
});
