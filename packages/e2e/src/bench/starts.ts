// The cost that freehold adds to Docker's: the start of many sites, the restart of one, and a reboot with all
// of them.
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage } from '../fetch.ts';
import { exec, hostName, run, shell } from '../host.ts';
import { type Cost, costOf, idleCost } from './cpu.ts';
import { printFigure, summary } from './figures.ts';

const count = 40;
const restarts = 10;
const domains = Array.from({ length: count }, (_, index) => `start${index}.test`);
const units = domains.map((domain) => `static@${domain}`);

/** The same container as in a site's unit, but started manually. */
const plain =
  'docker run --detach --network freehold --sysctl net.ipv4.ip_unprivileged_port_start=0 --read-only --tmpfs /tmp:size=16m --cap-drop ALL --security-opt no-new-privileges --memory 64m --pids-limit 64 --label bench --env DOMAIN=a.test';
const removePlain =
  'docker ps --all --quiet --filter label=bench | xargs --no-run-if-empty docker rm --force >/dev/null';

const served = async (names: readonly string[]) => {
  for (const name of names) while ((await fetchPage(name).catch(() => undefined))?.status !== 200);
};

const line = ({ cpu, wall }: Cost) => `${cpu.toFixed(1)} CPU-s, ${wall.toFixed(1)} s`;
const ratio = (one: Cost, other: Cost) =>
  `${(one.cpu / other.cpu).toFixed(2)} CPU, ${(one.wall / other.wall).toFixed(2)} time`;

/** The throw-away host must be set up, and the machine otherwise idle. */
export async function benchStarts(): Promise<void> {
  const idle = await idleCost(10);
  printFigure('the host at rest', `${(idle * 100).toFixed(1)} % of a core`);
  const runs = await costOf(() => shell(`for i in {1..${count}}; do ${plain} freehold/static; done`));
  printFigure(`docker run of ${count} plain containers, one after another`, line(runs));
  await shell(removePlain);
  // Their data exists: a first import is not measured.
  for (const domain of domains)
    await shell(
      'mkdir -p "/data/domains/$1/static/www-content" && echo hello >"/data/domains/$1/static/www-content/index.html"',
      domain,
    );
  await exec(['systemctl', 'start', ...units]);
  await served(domains);
  await exec(['systemctl', 'stop', ...units]);
  const starts = await costOf(() => Promise.all([exec(['systemctl', 'start', ...units]), served(domains)]));
  printFigure(`systemctl start of ${count} sites until all are served`, line(starts));
  printFigure('  compared with docker run', ratio(starts, runs), '1.5 CPU, 1.5 time');
  await benchRestart(runs);
  await benchReboot();
}

async function benchRestart(runs: Cost): Promise<void> {
  const [domain = ''] = domains;
  const outages: number[] = [];
  const all = await costOf(async () => {
    for (let time = 0; time < restarts; time += 1) outages.push(await outageOf(domain));
  });
  const { min, median, max } = summary(outages);
  printFigure(
    'restart of one site',
    `${((all.cpu / restarts) * (count / runs.cpu)).toFixed(2)} docker run of CPU`,
    '2',
  );
  printFigure(
    '  its visitors read 503 for',
    `${median.toFixed(1)} s (${min.toFixed(1)} to ${max.toFixed(1)})`,
  );
  printFigure('  a docker run takes', `${(runs.wall / count).toFixed(2)} s`);
}

/** The time for which a restart takes a site offline, in seconds. */
async function outageOf(domain: string): Promise<number> {
  let [first, last] = [0, 0];
  let over = false;
  const restarted = exec(['systemctl', 'restart', `static@${domain}`]).then(() => {
    over = true;
  });
  for (;;) {
    const { status } = await fetchPage(domain);
    if (status !== 200) {
      first ||= performance.now();
      last = performance.now();
    } else if (over) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await restarted;
  return (last - first) / 1000;
}

async function reboot(isUp: () => Promise<unknown>): Promise<Cost> {
  await run('docker', ['stop', '--time', '60', hostName]);
  return costOf(async () => {
    await run('docker', ['start', hostName]);
    await waitFor('the host to run programs', async () => (await exec(['true'])) === '', { everyMs: 50 });
    await isUp();
  });
}

async function benchReboot(): Promise<void> {
  await exec(['systemctl', 'enable', '--quiet', ...units]);
  const sites = await reboot(() => served(domains));
  printFigure(`reboot with ${count} sites until all are served`, line(sites));
  await exec(['systemctl', 'disable', '--quiet', '--now', ...units]);
  await shell(`for i in {1..${count}}; do ${plain} --restart always freehold/static; done`);
  const running = `[ "$(docker ps --quiet --filter label=bench | wc -l)" = ${count} ]`;
  const plainOnes = await reboot(() =>
    waitFor('all containers', async () =>
      shell(`${running} && echo yes`).then(
        () => true,
        () => false,
      ),
    ),
  );
  printFigure(`reboot with ${count} plain containers until all run`, line(plainOnes));
  printFigure('  compared with these', ratio(sites, plainOnes), '1.2 time');
  await shell(removePlain);
}
