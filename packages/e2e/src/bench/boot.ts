// How long a host takes to serve all its sites after a reboot, against Docker's own restart of as many containers.
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName } from '../host.ts';
import { run } from '../run.ts';
import { domainsOf, inBatches, removeSites, unitOf } from '../sites.ts';
import { type Cost, formatCost, formatRatio, secondsOfHost } from './cpu.ts';
import { printFigure } from './figures.ts';
import { makePages, untilAllServed } from './pages.ts';
import { countPlain, removePlain, runPlain } from './plain-containers.ts';

/** Reboots the host. The processor time counts from its start, because the reboot resets the counter. */
async function reboot(isUp: () => Promise<unknown>): Promise<Cost> {
  await run('docker', ['stop', '--time', '60', hostName]);
  const begun = performance.now();
  await run('docker', ['start', hostName]);
  await waitFor('the host to run programs', async () => (await exec(['true'])) === '', { everyMs: 50 });
  await isUp();
  return { wall: (performance.now() - begun) / 1000, cpu: await secondsOfHost() };
}

/** Reboots with sites that run, which are stopped afterwards, then with as many plain containers. */
export async function benchBoot(domains: readonly string[]): Promise<void> {
  const units = domains.map(unitOf);
  await exec(['systemctl', 'enable', '--quiet', ...units]);
  const sites = await reboot(() => untilAllServed(domains));
  printFigure(`reboot with ${domains.length} sites until all are served`, formatCost(sites));
  await exec(['systemctl', 'disable', '--quiet', '--now', ...units]);
  await runPlain(domains.length, '--restart always');
  const plain = await reboot(() =>
    waitFor('all containers', async () => (await countPlain()) === domains.length, { everyMs: 200 }),
  );
  await removePlain();
  printFigure(`reboot with ${domains.length} plain containers until all run`, formatCost(plain));
  printFigure('  compared with these', formatRatio(sites, plain), '1.2 time');
  printFigure('  for each site', `${(sites.wall / domains.length).toFixed(2)} s`);
}

/** Needs the throw-away host to be set up. */
export async function benchManyAtBoot(): Promise<void> {
  const domains = domainsOf('many', 150);
  await makePages(domains);
  await inBatches(domains, (some) => exec(['systemctl', 'start', ...some.map(unitOf)]));
  await untilAllServed(domains);
  await benchBoot(domains);
  await removeSites(domains);
}
