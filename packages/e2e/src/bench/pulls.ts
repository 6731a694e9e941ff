// The cost of the timers of git sites if nobody has pushed, compared with containers started as often.
import { startGitRemote } from '../git-remote.ts';
import { removeGitSites, startGitSite, untilState } from '../git-sites.ts';
import { exec, shell } from '../host.ts';
import { costOfHost } from './cpu.ts';
import { printFigure } from './figures.ts';

const count = 300;
const domains = Array.from({ length: 10 }, (_, index) => `pulls${index}.test`);

/** The throw-away host must be set up. */
export async function benchPulls(): Promise<void> {
  const remote = await startGitRemote();
  await remote.commit('1');
  for (const domain of domains) {
    await startGitSite(domain, remote.urls.https);
    await untilState(domain, '1');
    await exec(['systemctl', 'stop', `gitpuller@${domain}.timer`]);
  }
  const rounds = count / domains.length;
  const each = (command: string) =>
    shell(`for round in $(seq ${rounds}); do for domain; do ${command}; done; done`, ...domains);
  // The first one notes the state with which the later ones compare.
  for (const domain of domains) await exec(['systemctl', 'start', `gitpuller@${domain}`]);
  const runs = await costOfHost(() =>
    each(
      'docker run --rm --network freehold --pull never --entrypoint nginx freehold/static -v >/dev/null 2>&1',
    ),
  );
  const pulls = await costOfHost(() => each('systemctl start "gitpuller-check@$domain"'));
  printFigure(`${count} docker run`, `${runs.toFixed(1)} CPU-s`);
  printFigure(`${count} unchanged pulls over https`, `${pulls.toFixed(1)} CPU-s`);
  printFigure('  compared with docker run', (pulls / runs).toFixed(2), '0.33');
  printFigure(`  ${count} sites, every 10 minutes`, `${((100 * pulls) / 600).toFixed(1)} % of a core`);
  await removeGitSites(domains);
}
