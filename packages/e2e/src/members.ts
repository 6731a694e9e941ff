// Three deployed servers that are members of one cluster, and readers of a site at each of them.
import { sleep } from '@freehold/core/backoff';
import { openSession } from './browser-session.ts';
import {
  addressOf,
  deployAll,
  fromControlMachine,
  onServer,
  type Server,
  servers,
  startServers,
} from './servers.ts';

/**
 * Creates one cluster of all three, if it does not exist; they must be empty, or deployed members already.
 */
export async function startMembers(): Promise<Map<Server, string>> {
  await startServers();
  await deployAll();
  const addresses = new Map<Server, string>();
  for (const server of servers) addresses.set(server, await addressOf(server));
  const pairs = [...addresses].map(([server, address]) => `${server}=${address}`).join(' ');
  await fromControlMachine(`./make-cluster.sh ${pairs}`);
  return addresses;
}

/** Puts a site's certificate where visitors of a member are shown it, whether it has the site or not. */
export async function putCertificate(server: Server, domain: string, pem: string): Promise<void> {
  const put = `cat >/tmp/pem <<'END'\n${pem}\nEND
     install --mode 400 --owner 10001 /tmp/pem "/data/runtime/haproxy/approved-certs/$1.pem"; rm /tmp/pem`;
  await onServer(server, put, domain);
}

export interface Failure {
  readonly server: Server;
  /** As of `Date.now()`. */
  readonly at: number;
  /** The status, or the error. */
  readonly what: string;
}

export interface Readers {
  stop(): Promise<{ read: number; failures: Failure[] }>;
}

/** One reader at each member, with ten requests per second. An answer without `sign` has failed. */
export function startReaders(addresses: ReadonlyMap<Server, string>, domain: string, sign: string): Readers {
  const abort = new AbortController();
  const failures: Failure[] = [];
  let read = 0;
  const readAt = async (server: Server, address: string) => {
    const session = openSession(domain, () => [address, 443]);
    while (!abort.signal.aborted) {
      const what = await session.fetch('/').then(
        ({ status, text }) => (status === 200 && !text.includes(sign) ? 'another page' : String(status)),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      if (what === '200') read += 1;
      else failures.push({ server, at: Date.now(), what });
      await sleep(100, abort.signal);
    }
  };
  const reading = [...addresses].map(([server, address]) => readAt(server, address));
  return {
    async stop() {
      abort.abort();
      await Promise.all(reading);
      return { read, failures };
    },
  };
}

/** The number of failures at each member in a period, as in `d1.freehold.test: 3 × 503`. */
export function describeFailures(failures: readonly Failure[], from: number, to: number): string {
  const lines = servers.flatMap((server) => {
    const own = failures.filter(
      (failure) => failure.server === server && failure.at >= from && failure.at < to,
    );
    const kinds = [...new Set(own.map(({ what }) => what))];
    const counted = kinds.map((kind) => `${own.filter(({ what }) => what === kind).length} × ${kind}`);
    return own.length > 0 ? [`${server}: ${counted.join(', ')}`] : [];
  });
  return lines.join('; ') || 'none';
}

/** The longest time, in milliseconds, in which all requests of a member's reader failed. */
export function longestGap(failures: readonly Failure[]): number {
  const spans = servers.map((server) => {
    const times = failures.filter((failure) => failure.server === server).map(({ at }) => at);
    return times.length > 0 ? Math.max(...times) - Math.min(...times) : 0;
  });
  return Math.max(...spans);
}
