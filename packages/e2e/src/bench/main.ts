// `npm run bench`: prints figures and ratios without judging them. Needs Docker and the images
// (scripts/build-images.sh). `npm run bench -- starts git-pull`: only these.
import { cpus } from 'node:os';
import { globalSetup, globalTeardown } from '../set-up-host.ts';
import { benchManyAtBoot } from './boot.ts';
import { benchBrokenSites } from './broken-sites.ts';
import { benchEdgeChecks } from './edge-checks.ts';
import { benchEdgeScales } from './edge-scale.ts';
import { benchEdgeStorm } from './edge-storm.ts';
import { benchFirstAndLast } from './first-and-last.ts';
import { benchGitPull } from './git-pull.ts';
import { benchImageSizes } from './image-sizes.ts';
import { benchImportArchive } from './import-archive.ts';
import { benchMail } from './mail.ts';
import { benchOnAHost } from './on-a-host.ts';
import { benchPulls } from './pulls.ts';
import { benchPutToServed } from './put-to-served.ts';
import { benchStarts } from './starts.ts';
import { benchWordpress } from './wordpress.ts';

/** First those that need no host, then those that share the throw-away host. */
const alone: Record<string, () => Promise<void>> = {
  'image-sizes': benchImageSizes,
  async 'put-to-served'() {
    for (const sites of [10, 1000, 5000]) await benchPutToServed(sites, '50 ms');
  },
  'edge-scale': () => benchEdgeScales([100, 1000, 5000, 10_000]),
  'edge-storm': () => benchEdgeStorm({ sites: 1000, changes: 200, seconds: 600 }),
  'edge-checks': () => benchEdgeChecks(5000),
  'first-and-last': () => benchFirstAndLast(10_000),
  'import-archive': benchImportArchive,
  'git-pull': benchGitPull,
  mail: benchMail,
};
const onTheHost: Record<string, () => Promise<void>> = {
  'on-a-host': benchOnAHost,
  starts: benchStarts,
  'boot-150': benchManyAtBoot,
  pulls: benchPulls,
  'broken-sites': benchBrokenSites,
  wordpress: benchWordpress,
};

const all = [...Object.keys(alone), ...Object.keys(onTheHost)];
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark '${unknown}'. There are ${all.join(', ')}.\n`);
  process.exit(2);
}
const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);

process.stdout.write(`On ${cpus().length} cores (${cpus()[0]?.model}), median (smallest to largest):\n\n`);
for (const [name, bench] of Object.entries(alone)) if (isChosen(name)) await bench();
const there = Object.entries(onTheHost).filter(([name]) => isChosen(name));
if (there.length > 0) {
  await globalSetup();
  try {
    for (const [, bench] of there) await bench();
  } finally {
    await globalTeardown();
  }
}
process.exit(0);
