// The pages of static sites whose first import is not what is measured.
import { setTimeout as delay } from 'node:timers/promises';
import { fetchPage } from '../fetch.ts';
import { shell } from '../host.ts';
import { inBatches } from '../sites.ts';

/** Waits until each site has answered. */
export async function untilAllServed(names: readonly string[]): Promise<void> {
  for (const name of names) {
    while ((await fetchPage(name).catch(() => undefined))?.status !== 200) await delay(20);
  }
}

/** Makes pages where sites have them: a first import is not what is measured. */
export async function makePages(names: readonly string[]): Promise<void> {
  await inBatches(names, (some) =>
    shell(
      'for site; do mkdir -p "/data/domains/$site/static/www-content"; echo hello >"/data/domains/$site/static/www-content/index.html"; done',
      ...some,
    ),
  );
}
