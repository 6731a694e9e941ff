import { CANCELLED, NODATA, NOTFOUND } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { CaaRecord } from './caa.ts';

export interface Resolution {
  /** All addresses that any resolver knows. */
  readonly addresses: readonly string[];
  /** Resolvers that know none. */
  readonly unaware: readonly string[];
  /** The CAA records of the name or of its nearest parent that has some. */
  readonly caa: readonly CaaRecord[];
  /** Why no resolver answered. */
  readonly fault?: string;
}

/**
 * Looks a name up at several resolvers (`ADDRESS:PORT`, or `system`). One that does not answer does not count, unless none
 * does: a firewall may keep the public ones away.
 */
export async function resolveName(
  name: string,
  resolvers: readonly string[],
  signal: AbortSignal,
): Promise<Resolution> {
  const answers = await Promise.all(resolvers.map((address) => askResolver(name, address, signal)));
  signal.throwIfAborted();
  const known = answers.filter((answer) => 'addresses' in answer);
  if (known.length === 0) {
    const fault = answers.map((answer) => ('fault' in answer ? answer.fault : '')).join('; ');
    return { addresses: [], unaware: [], caa: [], fault };
  }
  return {
    addresses: [...new Set(known.flatMap(({ addresses }) => addresses))],
    unaware: known.flatMap(({ address, addresses }) => (addresses.length === 0 ? [address] : [])),
    caa: known.find(({ caa }) => caa.length > 0)?.caa ?? [],
  };
}

interface Known {
  readonly address: string;
  readonly addresses: readonly string[];
  readonly caa: readonly CaaRecord[];
}

async function askResolver(
  name: string,
  address: string,
  signal: AbortSignal,
): Promise<Known | { fault: string }> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  if (address !== 'system') resolver.setServers([address]);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [four, six, caa] = await Promise.all([
      orNone(resolver.resolve4(name)),
      orNone(resolver.resolve6(name)),
      resolveCaa(resolver, name),
    ]);
    return { address, addresses: [...four, ...six], caa };
  } catch (error) {
    return { fault: `${address} answers ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** RFC 8659 section 3: the name's own, else those of the nearest parent. */
async function resolveCaa(resolver: Resolver, name: string): Promise<CaaRecord[]> {
  for (let at: string | undefined = name; at; at = /\.(.+)$/.exec(at)?.[1]) {
    const records = await orNone(resolver.resolveCaa(at));
    if (records.length > 0) return records as unknown as CaaRecord[];
  }
  return [];
}

async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === NODATA || code === NOTFOUND || code === CANCELLED) return [];
    throw error;
  }
}
