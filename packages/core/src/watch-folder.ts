import { watch } from 'node:fs/promises';
import { sleep } from './backoff.ts';

/** What inotify misses (a folder that is replaced, a full queue) is found after so many milliseconds. */
const rescanMs = 30_000;

/**
 * Tells that something in a folder may have changed, until the signal aborts. With `concerns`, only
 * files of which it says so by their name.
 */
export async function watchFolder(options: {
  path: string;
  signal: AbortSignal;
  onChange: () => void;
  concerns?: (name: string) => boolean;
}): Promise<void> {
  const { path, signal, onChange, concerns = () => true } = options;
  const rescan = setInterval(onChange, rescanMs);
  signal.addEventListener('abort', () => clearInterval(rescan), { once: true });
  while (!signal.aborted) {
    try {
      for await (const { filename } of watch(path, { signal })) {
        if (filename === null || concerns(filename)) onChange();
      }
    } catch {
      // The folder is not there (yet), or was taken away.
    }
    await sleep(1000, signal);
  }
}
