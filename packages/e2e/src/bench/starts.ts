// The cost that freehold adds to Docker's: the start of many sites at once, a restart of one, and their memory.
import { setTimeout as delay } from 'node:timers/promises';
import { fetchPage } from '../fetch.ts';
import { exec, shell } from '../host.ts';
import { domainsOf, removeSites } from '../sites.ts';
import { benchBoot } from './boot.ts';
import { type Cost, costOnHost, formatCost, formatRatio } from './cpu.ts';
import { printFigure, summary } from './figures.ts';
import { memoryKiB } from './memory.ts';
import { makePages, untilAllServed } from './pages.ts';
import { removePlain, runPlain } from './plain-containers.ts';

const count = 40;
/** So many run before the memory of the further ones is measured. */
const first = 10;
const restarts = 10;
const domains = domainsOf('start', count);
const unitsOf = (names: readonly string[]) => names.map((name) => `static@${name}`);
const start = (names: readonly string[]) => exec(['systemctl', 'start', ...unitsOf(names)]);
const stop = (names: readonly string[]) => exec(['systemctl', 'stop', ...unitsOf(names)]);

/** Needs the throw-away host to be set up. */
export async function benchStarts(): Promise<void> {
  await makePages(domains);
  await benchMemory();
  await stop(domains);
  const runs = await costOfRuns();
  const starts = await costOnHost(() => Promise.all([start(domains), untilAllServed(domains)]));
  // Other load on the machine changes meanwhile: the plain containers are measured before and after.
  const again = await costOfRuns();
  const plain = { cpu: (runs.cpu + again.cpu) / 2, wall: (runs.wall + again.wall) / 2 };
  printFigure(`docker run of ${count} plain containers, one after another`, formatCost(plain));
  printFigure(`systemctl start of ${count} sites until all are served`, formatCost(starts));
  printFigure('  compared with docker run', formatRatio(starts, plain), '1.5 CPU, 1.5 time');
  await benchRestart(plain);
  await benchBoot(domains);
  await removeSites(domains);
}

async function costOfRuns(): Promise<Cost> {
  const cost = await costOnHost(() => runPlain(count));
  await removePlain();
  return cost;
}

/** The first start of each site, which imports its data. */
async function benchMemory(): Promise<void> {
  await start(domains.slice(0, first));
  await untilAllServed(domains.slice(0, first));
  const before = await memoryKiB();
  await start(domains.slice(first));
  await untilAllServed(domains.slice(first));
  const each = ((await memoryKiB()) - before) / (count - first) / 1024;
  printFigure('memory per further static site, all processes (PSS)', `${each.toFixed(2)} MB`, '8.6 MB');
}

async function benchRestart(plain: Cost): Promise<void> {
  const [domain = ''] = domains;
  // Without visitors, as their requests take CPU time too.
  const all = await costOnHost(() =>
    shell(
      'for ((time = 0; time < $2; time++)); do systemctl restart "static@$1"; systemctl start "discovery@$1"; done',
      domain,
      String(restarts),
    ),
  );
  const outages: number[] = [];
  for (let time = 0; time < restarts; time += 1) outages.push(await outageOf(domain));
  const { min, median, max } = summary(outages);
  const runs = ((all.cpu / restarts) * (count / plain.cpu)).toFixed(2);
  printFigure('restart of one site until it is announced', `${runs} docker run of CPU`, '2');
  const seconds = `${median.toFixed(1)} s (${min.toFixed(1)} to ${max.toFixed(1)})`;
  const run = plain.wall / count;
  printFigure(
    '  its visitors read 503 for',
    `${seconds}, ${(median / run).toFixed(1)} docker run`,
    '2 docker run',
  );
}

/** The time for which a restart takes a site offline, in seconds. */
async function outageOf(domain: string): Promise<number> {
  let [begin, last] = [0, 0];
  let over = false;
  const restarted = exec(['systemctl', 'restart', `static@${domain}`]).then(() => {
    over = true;
  });
  for (;;) {
    const { status } = await fetchPage(domain);
    if (status !== 200) {
      begin ||= performance.now();
      last = performance.now();
    } else if (over) break;
    await delay(20);
  }
  await restarted;
  return (last - begin) / 1000;
}
