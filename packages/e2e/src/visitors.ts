// A steady stream of requests, by `hey` in a container on the host's network: as close to HAProxy as
// possible.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { hostName } from './host.ts';
import { run } from './run.ts';

export interface Report {
  /** The number of answers with each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The errors of requests without an answer, in hey's words. */
  readonly errors: string;
}

/** For `await using`, so that they end even if the test fails. */
export interface Visitors extends AsyncDisposable {
  /** Ends the stream and returns the visitors' results. */
  stop(): Promise<Report>;
}

/**
 * `perSecond` requests a second over `connections` connections, each reused unless `fresh`; to the shared
 * host unless another container is given.
 */
export function startVisitors(options: {
  domain: string;
  connections: number;
  perSecond: number;
  fresh?: boolean;
  host?: string;
}): Visitors {
  const { domain, connections, perSecond, fresh = false, host = hostName } = options;
  const name = `${host}-visitors-${fresh ? 'fresh' : 'kept'}`;
  const rate = String(perSecond / connections);
  const child = spawn('docker', [
    ...['run', '--rm', '--name', name, '--network', `container:${host}`, 'freehold/test-tools', 'hey'],
    ...[
      '-z',
      '30m',
      '-c',
      String(connections),
      '-q',
      rate,
      '-t',
      '10',
      ...(fresh ? ['-disable-keepalive'] : []),
    ],
    ...['-host', domain, 'http://127.0.0.1/'],
  ]);
  const output = text(child.stdout);
  const complaint = text(child.stderr);
  const ended = once(child, 'close');
  return {
    async stop() {
      // On SIGINT, hey finishes and reports.
      await run('docker', ['kill', '--signal', 'INT', name]);
      await ended;
      return readReport((await output) + (await complaint));
    },
    async [Symbol.asyncDispose]() {
      await run('docker', ['rm', '--force', name]);
      await ended;
    },
  };
}

/** Parses lines such as `  [200]	1234 responses`, and the lines below `Error distribution:`. */
export function readReport(report: string): Report {
  const found = [...report.matchAll(/^\s+\[(\d{3})\]\s+(\d+) responses$/gm)];
  const statuses = new Map(found.map(([, status, count]) => [Number(status), Number(count)]));
  if (statuses.size === 0) throw new Error(`hey gave no report: ${report}`);
  return { statuses, errors: report.split('Error distribution:')[1]?.trim() ?? '' };
}
