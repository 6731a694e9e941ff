import type { Log } from './log.ts';

/** An entry that was skipped, and why. `subject` is an etcd key or a file. */
export interface Fault {
  readonly subject: string;
  readonly reason: string;
}

/** Creates a reporter that logs each invalid entry once, and once more when it is valid again. */
export function createFaultReporter(log: Log) {
  let known = new Map<string, string>();

  return function reportFaults(faults: readonly Fault[]): void {
    const now = new Map(faults.map(({ subject, reason }) => [subject, reason]));
    for (const [subject, reason] of now) {
      if (known.get(subject) !== reason)
        log.warning(`${shorten(subject)} is skipped: ${shorten(reason).replace(/\.$/, '')}.`);
    }
    for (const subject of known.keys()) {
      if (!now.has(subject)) log.notice(`${shorten(subject)} is valid again.`);
    }
    known = now;
  };
}

/** Keys and values come from outside; this keeps each log line short enough to read. */
function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
