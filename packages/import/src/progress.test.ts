import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { describeProgress } from './describe-progress.ts';
import { startProgress } from './progress.ts';

test('The progress states how much is done and how long the rest will take.', () => {
  const total = { bytes: 1_000_000_000, files: 20_000 };
  const half = { bytes: 500_000_000, files: 7 };
  assert.equal(describeProgress(half, total, 10_000), '50 %, 0.5 of 1.0 GB, 7 of 20000 files, 10 s left');
  const little = { bytes: 1_000, files: 1 };
  assert.equal(describeProgress(little, { bytes: 3_000 }, 1), '33 %, 1 of 3 kB, 1 files, 1 s left');
  const of = { bytes: 100e6 };
  assert.match(describeProgress({ bytes: 1e6, files: 0 }, of, 10_000), /^1 %, 1 of 100 MB, .* 17 min left$/);
  assert.match(describeProgress({ bytes: 1e6, files: 0 }, of, 100_000), / 2\.8 h left$/);
  assert.equal(describeProgress({ bytes: 0, files: 3 }, of, 1000), '0 %, 0 of 100 MB, 3 files');
  assert.match(describeProgress({ bytes: 0, files: 3 }, { bytes: 0 }, 1000), /^100 %/);
  assert.match(
    describeProgress({ bytes: 9, files: 3 }, { bytes: 3 }, 1000),
    /^100 %/,
    'it grew in the meantime',
  );
});

test('The journal gets a line every five seconds, and none for work that ends sooner.', () => {
  const stream = recordingStream();
  let time = 1_000;
  const progress = startProgress({
    what: '/data/import/a.test.tar',
    total: { bytes: 100e6 },
    log: createLog(stream),
    now: () => time,
  });
  const at = (ms: number) => {
    time = 1_000 + ms;
    progress.add({ bytes: 1e6, files: 10 });
    return stream.lines.length;
  };
  assert.deepEqual([at(0), at(4_999), at(5_000), at(5_001), at(9_999), at(10_000)], [0, 0, 1, 1, 1, 2]);
  progress.stop();
  assert.deepEqual(stream.lines, [
    '<6>Importing /data/import/a.test.tar: 3 %, 3 of 100 MB, 30 files, 3 min left.',
    '<6>Importing /data/import/a.test.tar: 6 %, 6 of 100 MB, 60 files, 3 min left.',
  ]);
});

test('A person at a terminal sees a bar, which reaches its end, and no lines.', () => {
  let seen = '';
  const screen = new Writable({
    write(chunk, _encoding, done) {
      seen += chunk;
      done();
    },
  });
  const terminal = Object.assign(screen, { isTTY: true, columns: 120 });
  const stream = recordingStream();
  const options = { what: 'a.tar', total: { bytes: 2e6, files: 2 }, log: createLog(stream), terminal };
  const progress = startProgress(options);
  progress.add({ bytes: 2e6, files: 2 });
  progress.stop();
  assert.match(seen, /Importing a\.tar\n.*\[-+\].*\[=+\] 100 %, 2 of 2 MB, 2 of 2 files/s);
  assert.deepEqual(stream.lines, []);
});
