// Visitors that request several sites from several hosts continuously, and record failures.
import { Agent, request } from 'node:http';
import { sleep } from '@freehold/core/backoff';

export interface Load {
  /** The number of requests so far, and the failures: an error, or any status but 200. */
  tally(): Tally;
  /** Ends, and returns the totals. */
  stop(): Promise<Tally>;
}

export interface Tally {
  readonly asked: number;
  /** By `SITE at HOST`: the number of failures, their kinds, and the period in seconds since the start. */
  readonly failed: ReadonlyMap<string, Failures>;
}

interface Failures {
  count: number;
  what: Map<string, number>;
  first: number;
  last: number;
}

/** A slower answer counts as failed, in milliseconds. */
const patienceMs = 120_000;

/** Two visitors for each pair of a host's address and a site, each with ten requests per second. */
export function startLoad(hosts: readonly { name: string; ip: string }[], sites: readonly string[]): Load {
  const begun = Date.now();
  const abort = new AbortController();
  const failed = new Map<string, Failures>();
  let asked = 0;
  const visit = async (host: { name: string; ip: string }, site: string) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!abort.signal.aborted) {
      const what = await ask(host.ip, site, agent);
      asked += 1;
      if (what !== '200') remember(`${site} at ${host.name}`, what);
      await sleep(100, abort.signal);
    }
    agent.destroy();
  };
  const remember = (key: string, what: string) => {
    const at = (Date.now() - begun) / 1000;
    const entry = failed.get(key) ?? { count: 0, what: new Map(), first: at, last: at };
    entry.count += 1;
    entry.last = at;
    entry.what.set(what, (entry.what.get(what) ?? 0) + 1);
    failed.set(key, entry);
  };
  const visits = hosts.flatMap((host) => sites.flatMap((site) => [visit(host, site), visit(host, site)]));
  const tally = () => ({ asked, failed });
  return {
    tally,
    async stop() {
      abort.abort();
      await Promise.all(visits);
      return tally();
    },
  };
}

/** The status, or the error. */
function ask(host: string, site: string, agent: Agent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(patienceMs);
  const call = request({ host, port: 80, headers: { host: site }, agent, signal });
  call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  call.on('response', (answer) => {
    answer.on('error', () => resolve('cut')).on('end', () => resolve(String(answer.statusCode)));
    answer.resume();
  });
  call.end();
  return promise;
}

/** One line for each pair with failures. */
export function describe({ asked, failed }: Tally): string {
  const lines = [...failed].map(([pair, { count, what, first, last }]) => {
    const kinds = [...what].map(([kind, times]) => `${times} × ${kind}`).join(', ');
    return `  ${pair}: ${count} failed (${kinds}), from ${first.toFixed(1)} to ${last.toFixed(1)} s`;
  });
  return [`${asked} requests, ${lines.length === 0 ? 'none failed' : 'of which failed:'}`, ...lines].join(
    '\n',
  );
}

/** The number of failed requests for a site, at all hosts or at one. */
export function failuresOf({ failed }: Tally, site: string, host?: string): number {
  const pairs = [...failed].filter(([pair]) =>
    host ? pair === `${site} at ${host}` : pair.startsWith(`${site} at `),
  );
  return pairs.reduce((sum, [, { count }]) => sum + count, 0);
}
