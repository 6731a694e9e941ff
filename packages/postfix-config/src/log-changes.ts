import type { Log } from '@freehold/core/log';
import type { Forwards } from './forward.ts';

/** If there are more changes than this at once, only their number is logged. */
const mostLines = 20;

/** Logs the changed forwards, one line for each address. */
export function logChanges(log: Log, before: Forwards, after: Forwards): void {
  const lines: string[] = [];
  for (const [name, { targets }] of after) {
    const now = targets.join(', ');
    if (before.get(name)?.targets.join(', ') !== now) lines.push(`${name} is now forwarded to ${now}.`);
  }
  for (const name of before.keys()) if (!after.has(name)) lines.push(`${name} is no longer forwarded.`);
  if (lines.length > mostLines) log.info(`${lines.length} forwards changed.`, { forwards: after.size });
  else for (const line of lines) log.info(line);
}
