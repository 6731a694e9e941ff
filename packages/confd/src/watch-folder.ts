import { watch } from 'node:fs/promises';
import { sleep } from '@freehold/core/backoff';

/** What inotify misses (a folder that is replaced, a full queue) is found after so many milliseconds. */
const rescanMs = 30_000;

/** Tells that something in a folder may have changed, until the signal aborts. */
export async function watchFolder(options: { path: string; signal: AbortSignal; onChange: () => void }) {
  const { path, signal, onChange } = options;
  const rescan = setInterval(onChange, rescanMs);
  signal.addEventListener('abort', () => clearInterval(rescan), { once: true });
  while (!signal.aborted) {
    try {
      for await (const _ of watch(path, { signal })) onChange();
    } catch {
      // The folder is not there (yet), or was taken away.
    }
    await sleep(1000, signal);
  }
}
