// Requests per second for the first and for the last of many sites: a lookup must not grow with their number.
import { printFigure, summary } from './figures.ts';
import { startLoadedEdge } from './put-to-served.ts';
import { requestsPerSecond } from './requests-per-second.ts';
import { siteName, startSecuredEdge } from './secured-edge.ts';

const rounds = 5;

/** Over http and https, the latter with kept and with new connections. */
export async function benchFirstAndLast(sites: number): Promise<void> {
  {
    await using loaded = await startLoadedEdge(sites);
    const { httpPort: port } = loaded.edge;
    await compare(`http, kept connections, ${sites} sites`, [0, sites - 1], (site) =>
      requestsPerSecond({ name: `s${site}.test`, port, protocol: 'http' }),
    );
  }
  await using secured = await startSecuredEdge(sites);
  const { httpsPort: port } = secured.edge;
  for (const newConnections of [false, true])
    await compare(
      `https, ${newConnections ? 'new' : 'kept'} connections, ${sites} sites`,
      [0, sites - 1],
      (site) => requestsPerSecond({ name: siteName(site), port, protocol: 'https', newConnections }),
    );
}

/** Measures both in turns, so that other load on the machine affects both. */
async function compare(
  what: string,
  [first, last]: readonly [number, number],
  measure: (site: number) => Promise<number>,
): Promise<void> {
  const [ofFirst, ofLast]: [number[], number[]] = [[], []];
  await measure(first);
  for (let round = 0; round < rounds; round++) {
    ofFirst.push(await measure(first));
    ofLast.push(await measure(last));
  }
  const [one, other] = [summary(ofFirst).median, summary(ofLast).median];
  printFigure(`requests/s, ${what}: first, last`, `${one.toFixed(0)}, ${other.toFixed(0)}`);
  printFigure('  last to first', (other / one).toFixed(2), '0.95');
}
