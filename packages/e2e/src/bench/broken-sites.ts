// The cost of sites that cannot start, as long as nobody fixes them.
import { setTimeout as delay } from 'node:timers/promises';
import { exec, repository, shell, tryExec } from '../host.ts';
import { costOfHost } from './cpu.ts';
import { printFigure } from './figures.ts';

/** By app, and the cause of its failure: a shell script with the domain as $1. */
const kinds: readonly { readonly app: string; readonly script: string }[] = [
  { app: 'static', script: 'echo "no archive" >"/data/import/$1.zip"' },
  {
    app: 'static',
    script: 'mkdir -p "/data/import/$1/static" && ln -s /etc "/data/import/$1/static/www-content"',
  },
  {
    app: 'static-git',
    script:
      'mkdir -p "/data/domains/$1/static-git" && echo "https://127.0.0.1:9/x.git" >"/data/domains/$1/static-git/GITURL"',
  },
  {
    app: 'static-git',
    script:
      'mkdir -p "/data/domains/$1/static-git" && echo "git://x.test/y" >"/data/domains/$1/static-git/GITURL"',
  },
  {
    app: 'wordpress',
    script: 'mkdir -p "/data/import/$1/mysql" && echo "NO SQL;" >"/data/import/$1/mysql/dump.sql"',
  },
  {
    app: 'static',
    script:
      'd="/etc/systemd/system/static@$1.service.d"; mkdir -p "$d" && printf "[Service]\\nExecStartPre=/bin/false\\n" >"$d/broken.conf" && systemctl daemon-reload',
  },
];
const sites = Array.from({ length: 20 }, (_, index) => {
  const kind = kinds[index % kinds.length] as (typeof kinds)[number];
  return { ...kind, domain: `broken${index}.test` };
});

const minutes = (count: number) => delay(count * 60_000);

/** The throw-away host must be set up; takes a quarter of an hour. */
export async function benchBrokenSites(): Promise<void> {
  const idle = await costOfHost(() => minutes(1));
  for (const { app, domain, script } of sites) {
    await shell(script, domain);
    await tryExec(['systemctl', 'enable', '--quiet', '--now', `${app}@${domain}`]);
  }
  const failed = `${sites.length} broken sites of ${kinds.length} kinds`;
  const share = (seconds: number, over: number) =>
    `${((100 * seconds) / (over * 60)).toFixed(1)} % of a core`;
  const first = await costOfHost(() => minutes(10));
  printFigure(`${failed}, in the first ten minutes`, share(first - 10 * idle, 10));
  const later = await costOfHost(() => minutes(4));
  printFigure('  after that', share(later - 4 * idle, 4), '5 %');
  for (const { domain } of sites) {
    await shell('rm -rf "/etc/systemd/system/static@$1.service.d"', domain);
    await exec([`${repository}/scripts/remove-site.sh`, domain, '--delete-data']);
  }
}
