// Requests per second for the first and for the last of many sites: a lookup must not grow with their number.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { printFigure, summary } from './figures.ts';
import { startLoadedEdge } from './put-to-served.ts';

const execute = promisify(execFile);
const rounds = 5;

/** Measures both in turns, so that other load on the machine affects both. */
export async function benchFirstAndLast(sites: number): Promise<void> {
  await using loaded = await startLoadedEdge(sites);
  const { httpPort } = loaded.edge;
  const names = ['s0.test', `s${sites - 1}.test`] as const;
  const first: number[] = [];
  const last: number[] = [];
  await requestsPerSecond(names[0], httpPort);
  for (let round = 0; round < rounds; round++) {
    first.push(await requestsPerSecond(names[0], httpPort));
    last.push(await requestsPerSecond(names[1], httpPort));
  }
  const [one, other] = [summary(first).median, summary(last).median];
  printFigure(`requests/s, first of ${sites} sites`, one.toFixed(0));
  printFigure(`requests/s, last of ${sites} sites`, other.toFixed(0));
  printFigure('requests/s, last to first', (other / one).toFixed(2), '1.00');
}

async function requestsPerSecond(name: string, port: number): Promise<number> {
  const wrk = [
    'wrk',
    '--threads',
    '1',
    '--connections',
    '16',
    '--duration',
    '3s',
    '--header',
    `Host: ${name}`,
  ];
  const run = [
    'run',
    '--rm',
    '--network',
    'host',
    'freehold/test-tools',
    ...wrk,
    `http://127.0.0.1:${port}/`,
  ];
  const { stdout } = await execute('docker', run);
  const bad = stdout.match(/Non-2xx or 3xx responses: (\d+)/)?.[1];
  if (bad) throw new Error(`${bad} requests to ${name} failed:\n${stdout}`);
  return Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)?.[1]);
}
