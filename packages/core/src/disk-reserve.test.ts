import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { assertDiskReserve, defaultDiskReserve } from './disk-reserve.ts';

test('The default reserve is 5 % of a small disk and 1 GB of a large one.', () => {
  assert.deepEqual([10e9, 20e9, 1e12].map(defaultDiskReserve), [0.5e9, 1e9, 1e9]);
});

test('A write that leaves the reserve free is allowed; any other is refused because the disk is full.', async () => {
  const { bsize, bavail } = await statfs(tmpdir());
  const half = (bsize * bavail) / 2;
  await assertDiskReserve({ path: tmpdir(), needed: half * 0.9, reserve: half });
  await assert.rejects(assertDiskReserve({ path: tmpdir(), needed: half * 1.1, reserve: half }), {
    name: 'FreeholdError',
    message: /^The disk of \/.* is full: \d+ MB are free, \d+ MB are needed, and \d+ MB stay reserved/,
  });
});
