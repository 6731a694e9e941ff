import { join } from 'node:path';
import { withLock } from '@freehold/core/lock';
import type { Log } from '@freehold/core/log';
import type { ConfdSettings } from './settings.ts';

/** Prevents a manually started confd and the permanently running one from writing the same files at once. */
export function oneAtATime<T>(
  options: { settings: ConfdSettings; log: Log; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const { settings, log, signal } = options;
  const file = join(settings.FREEHOLD_HAPROXY_DIR, '.confd.lock');
  return withLock(file, { signal, log, what: 'Another confd' }, work);
}
