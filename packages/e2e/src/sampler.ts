// Asks for many names again and again while something happens, and counts what came back.
import { setTimeout as delay } from 'node:timers/promises';
import { fetchPage } from './fetch.ts';
import { markOf } from './sites.ts';

/** How often each kind of answer came: `own page`, `another page`, `503`, `404`, `no answer` and the like. */
export type Tally = ReadonlyMap<string, number>;

/** To be had with `await using`, so that it ends with a test that fails too. */
export interface Sampler extends AsyncDisposable {
  /** Ends it and gives what each domain was answered with. */
  stop(): Promise<ReadonlyMap<string, Tally>>;
}

/** Asks each domain for its page, the next time `everyMs` after the last answer. */
export function startSampler(domains: readonly string[], everyMs = 40): Sampler {
  const tallies = new Map<string, Map<string, number>>(domains.map((domain) => [domain, new Map()]));
  let stopped = false;
  const sample = async (domain: string, tally: Map<string, number>) => {
    while (!stopped) {
      const kind = await kindOf(domain);
      tally.set(kind, (tally.get(kind) ?? 0) + 1);
      await delay(everyMs);
    }
  };
  const loops = [...tallies].map(([domain, tally]) => sample(domain, tally));
  const stop = async () => {
    stopped = true;
    await Promise.all(loops);
    return tallies;
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function kindOf(domain: string): Promise<string> {
  try {
    const { status, headers, body } = await fetchPage(domain);
    if (status === 503) return headers['retry-after'] ? '503' : '503 without Retry-After';
    if (status !== 200) return String(status);
    return body.includes(markOf(domain)) ? 'own page' : 'another page';
  } catch {
    return 'no answer';
  }
}

/** The kinds of answers that any of these domains had and that are not among the allowed ones. */
export function strayAnswers(tallies: ReadonlyMap<string, Tally>, allowed: readonly string[]): string[] {
  return [...tallies].flatMap(([domain, tally]) =>
    [...tally]
      .filter(([kind]) => !allowed.includes(kind))
      .map(([kind, count]) => `${domain}: ${kind}, ${count} times`),
  );
}
