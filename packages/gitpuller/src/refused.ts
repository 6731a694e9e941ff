// The file `rolled-back`: the remote's commit that was rolled back and that the timer must not publish again.
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import { isCommitId } from './git-ref.ts';
import type { Layout } from './layout.ts';

export async function readRefused({ refused }: Layout): Promise<string | undefined> {
  const text = await readFile(refused, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return isCommitId(text.trim()) ? text.trim() : undefined;
}

export async function writeRefused({ refused }: Layout, commit: string): Promise<void> {
  await writeAtomic(refused, `${commit}\n`);
}

export async function forgetRefused({ refused }: Layout): Promise<void> {
  await rm(refused, { force: true });
  await syncFolder(dirname(refused));
}
