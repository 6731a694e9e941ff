// Requests many names repeatedly while something happens, and counts the answers.
import { setTimeout as delay } from 'node:timers/promises';
import { fetchPage } from './fetch.ts';
import { markOf } from './sites.ts';

/** The number of each kind of answer: `own page`, `another page`, `503`, `404`, `no answer` and others. */
export type Tally = ReadonlyMap<string, number>;

/** For `await using`, so that it ends even if the test fails. */
export interface Sampler extends AsyncDisposable {
  /** Ends it and returns the answers for each domain. */
  stop(): Promise<ReadonlyMap<string, Tally>>;
}

/** Requests each domain's page, the next time `everyMs` after the last answer. */
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

/** The kinds of answers of these domains that are not among the allowed ones. */
export function strayAnswers(tallies: ReadonlyMap<string, Tally>, allowed: readonly string[]): string[] {
  return [...tallies].flatMap(([domain, tally]) =>
    [...tally]
      .filter(([kind]) => !allowed.includes(kind))
      .map(([kind, count]) => `${domain}: ${kind}, ${count} times`),
  );
}
