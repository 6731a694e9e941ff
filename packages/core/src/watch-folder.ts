import { stat, watch } from 'node:fs/promises';
import { sleep } from './backoff.ts';

/** The time, in milliseconds, within which a replaced folder of the same name is detected. */
const lookMs = 30_000;

/**
 * Reports possible changes of the files in a folder until the signal aborts: with the name of a file, or
 * without one if any file may have changed. With `concerns`, only for files whose names it accepts. Events
 * that inotify misses (a full queue) are found after `rescanMs`, 30 s by default.
 */
export async function watchFolder(options: {
  path: string;
  signal: AbortSignal;
  /** `isInPlace`: an existing file is being written, perhaps not for the last time. */
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
      // The folder does not exist (yet), or was removed or replaced.
    } finally {
      clearInterval(look);
    }
    await sleep(1000, signal);
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  return (await stat(path, { bigint: true }).catch(() => undefined))?.ino;
}
