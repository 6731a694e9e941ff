import type { Log } from './log.ts';

/** Something that was left out, and why. `subject` is an etcd key or a file. */
export interface Fault {
  readonly subject: string;
  readonly reason: string;
}

/** Makes a reporter that says each fault once, and once more when it is mended. */
export function createFaultReporter(log: Log) {
  let known = new Map<string, string>();

  return function reportFaults(faults: readonly Fault[]): void {
    const now = new Map(faults.map(({ subject, reason }) => [subject, reason]));
    for (const [subject, reason] of now) {
      if (known.get(subject) !== reason)
        log.warning(`${shorten(subject)} is left out: ${shorten(reason).replace(/\.$/, '')}.`);
    }
    for (const subject of known.keys()) {
      if (!now.has(subject)) log.notice(`${shorten(subject)} is no longer a fault.`);
    }
    known = now;
  };
}

/** Keys and values come from outside: a line of the log stays a line that can be read. */
function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
