// tar packs the site to standard output, or unpacks it from standard input, each as a unit that can be ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { foldersIn, must, type SiteHere, transferUnit, trySystemctl } from './site-here.ts';

/** What an earlier run has begun. */
export async function endTransfer(site: SiteHere): Promise<void> {
  await trySystemctl(site, 'stop', transferUnit(site.domain));
}

/**
 * Sends what has changed since the snapshot. While the site runs, files change and vanish under it: tar's exit code 1.
 *
 * @throws FreeholdError if it could not be read whole.
 */
export async function send(site: SiteHere): Promise<void> {
  const { domain, notes } = site;
  const code = await runTar(
    site,
    [],
    [
      '--create',
      '--listed-incremental',
      join(notes, 'snapshot'),
      '--no-check-device',
      '--numeric-owner',
      '--warning=no-file-changed',
      '--warning=no-file-removed',
      '--directory=/data',
      ...foldersIn('/data', domain),
      `moving/${domain}/sent`,
    ],
  );
  if (code > 1) throw new FreeholdError(`Cannot read all files of ${domain}; tar's messages are above.`);
}

/**
 * Unpacks what was sent. The site's owner decides what is in it, also while it is being copied. So tar cannot write
 * anywhere else, wherever a link in it may lead.
 *
 * @throws FreeholdError if it arrived incomplete.
 */
export async function receive(site: SiteHere): Promise<void> {
  const tree = join(site.notes, 'tree');
  const bounds = ['ProtectSystem=strict', `ReadWritePaths=${tree}`, 'PrivateNetwork=yes'];
  const code = await runTar(site, bounds, [
    '--extract',
    '--listed-incremental=/dev/null',
    '--numeric-owner',
    '--preserve-permissions',
    `--directory=${tree}`,
  ]);
  if (code !== 0) throw new FreeholdError(`The copy of ${site.domain} arrived incomplete.`);
  // Much is on disk before the pause then.
  await must(site, 'Cannot write the copy to disk', 'sync', '--file-system', site.notes);
}

async function runTar(
  site: SiteHere,
  properties: readonly string[],
  words: readonly string[],
): Promise<number> {
  const unit = ['--quiet', '--pipe', '--wait', '--collect', '--unit', transferUnit(site.domain)];
  const bounds = properties.flatMap((one) => ['--property', one]);
  const child = spawn('systemd-run', [...unit, ...bounds, 'tar', ...words], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return (code as number | null) ?? 128;
}
