// The cost of a site on a whole host: memory of all its processes, and the time from its start to its first
// page.
import { fetchPage } from '../fetch.ts';
import { exec } from '../host.ts';
import { milliseconds, printFigure } from './figures.ts';
import { memoryKiB } from './memory.ts';

const sites = 30;
const starts = 7;

/** The throw-away host must be set up. */
export async function benchOnAHost(): Promise<void> {
  const names = Array.from({ length: sites }, (_, index) => `bench${index}.test`);
  try {
    await benchStart(names.slice(0, starts));
    const before = await memoryKiB();
    for (const name of names.slice(starts)) await exec(['systemctl', 'start', `static@${name}`]);
    await settled(names.slice(starts));
    const perSite = ((await memoryKiB()) - before) / (sites - starts) / 1024;
    printFigure('memory per further static site, all processes (PSS)', `${perSite.toFixed(2)} MB`, '10 MB');
  } finally {
    for (const name of names) await exec(['/opt/freehold/scripts/remove-site.sh', name, '--delete-data']);
  }
}

async function benchStart(names: readonly string[]): Promise<void> {
  const times: number[] = [];
  for (const name of names) {
    const start = performance.now();
    const started = exec(['systemctl', 'start', `static@${name}`]);
    await settled([name]);
    times.push(performance.now() - start);
    await started;
  }
  printFigure('systemctl start static@x to its first 200', milliseconds(times), '3000 ms');
}

async function settled(names: readonly string[]): Promise<void> {
  for (const name of names) {
    while ((await fetchPage(name)).status !== 200);
  }
}
