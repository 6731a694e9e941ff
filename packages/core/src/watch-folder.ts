import { stat, watch } from 'node:fs/promises';
import { sleep } from './backoff.ts';

/** After so many milliseconds it is found that a folder has been replaced by another of its name. */
const lookMs = 30_000;

/**
 * Tells that something in a folder may have changed, until the signal aborts: with a file's name, or without one where
 * it can be any file. With `concerns`, only files of which it says so by their name. What inotify misses (a full queue) is
 * found after `rescanMs`, 30 s unless set.
 */
export async function watchFolder(options: {
  path: string;
  signal: AbortSignal;
  /** `isInPlace`: the file was there already and is being written, perhaps not for the last time. */
  onChange: (name?: string, isInPlace?: boolean) => void;
  concerns?: (name: string) => boolean;
  rescanMs?: number;
}): Promise<void> {
  const { path, signal, onChange, concerns = () => true, rescanMs = lookMs } = options;
  const rescan = setInterval(() => onChange(), rescanMs);
  signal.addEventListener('abort', () => clearInterval(rescan), { once: true });
  for (let first = true; !signal.aborted; first = false) {
    const replaced = new AbortController();
    const inode = await inodeOf(path);
    const look = setInterval(async () => {
      if ((await inodeOf(path)) !== inode) replaced.abort();
    }, lookMs);
    try {
      const changes = watch(path, { signal: AbortSignal.any([signal, replaced.signal]) });
      if (!first && inode !== undefined) onChange();
      for await (const { filename, eventType } of changes) {
        if (filename === null) onChange();
        else if (concerns(filename)) onChange(filename, eventType === 'change');
      }
    } catch {
      // The folder is not there (yet), or was taken away or replaced.
    } finally {
      clearInterval(look);
    }
    await sleep(1000, signal);
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  return (await stat(path, { bigint: true }).catch(() => undefined))?.ino;
}
