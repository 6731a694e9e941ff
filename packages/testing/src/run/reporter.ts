// A reporter for `node --test` that writes one JSON value per line, for run-file.ts.

import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import type { Line } from './run-file.ts';

function lineOf({ type, data }: TestEvent): Line | undefined {
  switch (type) {
    case 'test:complete': {
      // Those inside of another test or suite are a part of its time. The file itself, too, counts as a test here.
      if (data.nesting > 0 || !('entryFile' in data)) return undefined;
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
    case 'test:stdout':
    case 'test:stderr':
      return { output: data.message };
    case 'test:summary':
      return data.file === undefined ? undefined : { counts: data.counts };
    default:
      return undefined;
  }
}

// biome-ignore lint/style/noDefaultExport: Node expects a reporter there
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = lineOf(event);
    if (line) yield `${JSON.stringify(line)}\n`;
  }
}
