// `npm run bench`: prints figures and ratios, judges nothing. Needs Docker and the images (scripts/build-images.sh).
import { cpus } from 'node:os';
import { globalSetup, globalTeardown } from '../set-up-host.ts';
import { benchFirstAndLast } from './first-and-last.ts';
import { benchGitPull } from './git-pull.ts';
import { benchImageSizes } from './image-sizes.ts';
import { benchImportArchive } from './import-archive.ts';
import { benchMail } from './mail.ts';
import { benchOnAHost } from './on-a-host.ts';
import { benchPutToServed } from './put-to-served.ts';

process.stdout.write(`On ${cpus().length} cores (${cpus()[0]?.model}), median (smallest to largest):\n\n`);
await benchImageSizes();
await benchPutToServed(10, '50 ms');
await benchPutToServed(1000, '50 ms');
await benchPutToServed(5000, '50 ms');
await benchFirstAndLast(10_000);
await benchImportArchive();
await benchGitPull();
await benchMail();
await globalSetup();
try {
  await benchOnAHost();
} finally {
  await globalTeardown();
}
process.exit(0);
