// One run at a time moves a site, from whichever control machine, and none while somebody deploys to this host. A run
// holds the site for as long as it is heard of here. A connection that is lost without a word may never end, so after
// 30 s of silence the run is over, and with it what is under way for it.
import { readFile, writeFile } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import { type Lock, takeLock, takeTurn } from './lock.ts';
import { activeState, type SiteHere } from './site-here.ts';
import { endTransfer } from './transfer.ts';

const silenceMs = 30_000;
const cleaning = 'is being cleaned up';
/** Held by scripts/host/hold-for-deploy.sh, with who deploys as its text. */
const deployLock = '/run/freehold-deploy.lock';

/**
 * Prints 'held', and holds the site until standard input ends or falls silent; then runs `tidy`.
 *
 * @param who whose run it is, for the message to the next one.
 * @throws FreeholdError if somebody else moves it, or deploys to this host.
 */
export async function hold(site: SiteHere, who: string, tidy: () => Promise<void>): Promise<void> {
  const file = `/run/freehold-moving-${site.domain}.run`;
  const lock = await takeRun(site, file);
  try {
    await writeFile(file, `${visible(who).slice(0, 200)}\n`);
    await checkDeploy(site);
    await endTransfer(site);
    await (await takeTurn(site)).release();
    process.stdout.write('held\n');
    await untilSilent();
    await writeFile(file, `${cleaning}\n`);
    await endTransfer(site);
    const turn = await takeTurn(site);
    await tidy().finally(() => turn.release());
    await writeFile(file, '');
  } finally {
    await lock.release();
  }
}

async function takeRun({ domain, signal }: SiteHere, file: string): Promise<Lock> {
  const lock = await takeLock(file, 5, signal);
  if (lock) return lock;
  const holder = (await readFile(file, 'utf8')).trim();
  const later = holder === cleaning ? await takeLock(file, 120, signal) : undefined;
  if (later) return later;
  const by = holder === '' || holder === cleaning ? '' : ` (${visible(holder)})`;
  throw new FreeholdError(
    `Cannot move ${domain}: another run moves it already${by}, from this control machine or another one.`,
  );
}

/** A deploy checks for moves in the same way. Each takes its own lock before it checks, so both never run at once. */
async function checkDeploy(site: SiteHere): Promise<void> {
  const lock = await takeLock(deployLock, 5, site.signal);
  if (lock) await lock.release();
  // A switch of versions continues when its control machine is gone.
  const state = await activeState(site, 'freehold-switch.service');
  const isSwitching = state !== 'inactive' && state !== 'failed';
  if (lock && !isSwitching) return;
  const holder = lock ? '' : (await readFile(deployLock, 'utf8')).trim();
  const by = holder === '' ? 'somebody' : visible(holder);
  throw new FreeholdError(
    `Cannot move ${site.domain}: ${by} is deploying to ${site.host.settings.FREEHOLD_HOST}. Run this again when that has ended.`,
  );
}

async function untilSilent(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let timer = setTimeout(resolve, silenceMs);
  process.stdin
    .on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, silenceMs);
    })
    .on('end', resolve)
    .on('error', () => resolve());
  await promise;
  clearTimeout(timer);
  process.stdin.destroy();
}
