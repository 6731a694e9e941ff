// For tests: an archive that is refused.
import assert from 'node:assert/strict';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { TarEntry } from './archive-under-test.ts';
import type { SiteUnderTest } from './site-under-test.ts';

/** What is attempted, the entries that do it, and why they are refused. */
export type Attack = readonly [what: string, entries: readonly (TarEntry | Buffer)[], reason: RegExp];

/**
 * Uploads an archive and has it refused. All previous files remain, and no new ones exist: neither at the
 * target nor anywhere else.
 */
export async function assertRefused(
  site: SiteUnderTest,
  archive: Buffer,
  reason: RegExp,
  { ending = '.tar', env = {} }: { ending?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const path = site.path(`import/example.com${ending}`);
  for (const folder of ['import', 'domains']) await mkdir(site.path(folder), { recursive: true });
  await writeFile(site.path('secret.txt'), 'secret');
  await writeFile(path, archive);
  const before = await site.list();
  const { ino, mtimeMs } = await stat(path);
  await assert.rejects(site.run(undefined, undefined, env), (error: Error) => {
    assert.equal(error.name, 'FreeholdError', error.stack ?? '');
    assert.ok(error.message.startsWith(`Cannot import ${path}: `), error.message);
    assert.match(error.message, reason);
    assert.doesNotMatch(error.message, /\p{Cc}|\p{Cf}/u);
    assert.ok(error.message.length < 600, `${error.message.length} characters`);
    return true;
  });
  assert.deepEqual(await site.list(), before, 'no new files exist');
  assert.equal(await site.read('secret.txt'), 'secret');
  const after = await stat(path);
  assert.deepEqual([after.ino, after.mtimeMs], [ino, mtimeMs], 'it stays in place');
}
