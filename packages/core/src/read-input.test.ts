import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { readInput } from './read-input.ts';

const options = { maxBytes: 10, what: 'somewhere', signal: new AbortController().signal };

test('Input is read to its end, including characters that are split between two chunks.', async () => {
  const bytes = Buffer.from('aü€');
  const chunks = [bytes.subarray(0, 2), bytes.subarray(2, 4), bytes.subarray(4)];
  assert.equal(await readInput(Readable.from(chunks), options), 'aü€');
  assert.equal(await readInput(Readable.from([]), options), '');
});

test('Input that is too long is not read to its end.', async () => {
  const endless = new Readable({ read: (size) => void endless.push(Buffer.alloc(size)) });
  await assert.rejects(
    readInput(endless, options),
    /input from somewhere is longer than the limit of 10 bytes/,
  );
  assert.ok(endless.destroyed);
});

test("An abort ends reading with the signal's reason.", async () => {
  const abort = new AbortController();
  const reading = readInput(new PassThrough(), { ...options, signal: abort.signal });
  abort.abort(new Error('stopped'));
  await assert.rejects(reading, /stopped/);
});
