// A reporter for `node:test` that writes one JSON value per line, for run-file.ts. The tests print to the same stream.
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { cpuSecondsOfThisProcess } from './cpu-time.ts';
import type { Line } from './run-file.ts';

/** Begins each line, unlike any that a test prints; as in RFC 7464. */
export const separator = '\x1e';

function lineOf({ type, data }: TestEvent): Line | undefined {
  switch (type) {
    case 'test:complete': {
      // Those inside of another test or suite are a part of its time.
      if (data.nesting > 0) return undefined;
      return { title: data.name, seconds: data.details.duration_ms / 1000 };
    }
    case 'test:fail': {
      const { error } = data.details;
      // A suite that fails because of a test in it adds no information.
      if ('failureType' in error && error.failureType === 'subtestsFailed') return undefined;
      return { failed: data.name, reason: inspect(error.cause ?? error) };
    }
    case 'test:pass':
      return data.skip === undefined ? undefined : { skipped: data.name, reason: String(data.skip) };
    case 'test:diagnostic':
      return { note: data.message };
    case 'test:summary':
      return { counts: data.counts, cpuSeconds: cpuSecondsOfThisProcess() };
    default:
      return undefined;
  }
}

// biome-ignore lint/style/noDefaultExport: Node expects a reporter there
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = lineOf(event);
    // A test may have left a line unfinished.
    if (line) yield `\n${separator}${JSON.stringify(line)}\n`;
  }
}
