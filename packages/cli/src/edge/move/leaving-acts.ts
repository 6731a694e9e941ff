// The operations at the server that a site leaves, on this host.

import { existsSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import { hasStarted, type LeavingOperation } from '../../move/leaving.ts';
import { waitUntil } from '../wait-until.ts';
import { servedStatus } from './answers.ts';
import { describeSite } from './describe-site.ts';
import { deleteOwnRecords, forgetMail, hostsElsewhere, printMail } from './etcd-acts.ts';
import { listFiles } from './list-files.ts';
import { leavingApp, lookAtRunning } from './look.ts';
import { dropNotes, makeNotes, readNote, writeNote } from './notes.ts';
import {
  activeState,
  appHere,
  furtherUnits,
  must,
  restartUnit,
  type SiteHere,
  systemctl,
  trySystemctl,
} from './site-here.ts';
import { stopSite } from './stop-site.ts';
import { send } from './transfer.ts';
import { noteUnits } from './unit-files.ts';

type Act = (site: SiteHere, words: readonly string[]) => Promise<void>;

const wants = '/etc/systemd/system/multi-user.target.wants';
/** While this says so, discovery@DOMAIN does not wait for running requests at a stop. */
const drainFile = (domain: string) => `/run/freehold/drain/${domain}`;

export const leavingActs: Readonly<Record<LeavingOperation, Act>> = {
  'start-site': async (site) => systemctl(site, 'start', `${await appOf(site)}@${site.domain}`),
  'cancel-restart': (site) => trySystemctl(site, 'stop', `${restartUnit(site.domain)}.timer`),
  'schedule-restart': scheduleRestart,
  'stop-again-normally': ({ domain }) => rm(drainFile(domain), { force: true }),
  'stop-at-once': ({ domain }) => writeFile(drainFile(domain), 'FREEHOLD_DRAIN_SECONDS=0\n'),
  'drop-notes': dropNotes,
  'await-answer': async (site) => {
    await waitUntil(60, async () => (await servedStatus(site)) !== '503', site);
  },
  'print-description': async (site) => void process.stdout.write(`${await describeSite(site)}\n`),
  'print-mail': printMail,
  'note-app': async (site) => {
    await makeNotes(site);
    await writeNote(site, 'leaving', (await appHere(site)) ?? '');
  },
  'begin-snapshot': ({ notes }) => rm(join(notes, 'snapshot'), { force: true }),
  'note-units': noteUnits,
  send,
  'stop-site': async (site) => stopSite(site, await appOf(site)),
  'require-paused': requirePaused,
  'list-files': async (site) => writeNote(site, 'sent/listing', await listFiles('/data', site.domain)),
  'require-stopped': requireStopped,
  'note-given': async (site) => writeAtomic(join(site.notes, 'given'), `${await appOf(site)}\n`),
  'disable-site': async (site) =>
    systemctl(site, 'disable', '--quiet', '--no-reload', `${await appOf(site)}@${site.domain}`),
  // The other host may announce it now: this one may not forget that, not even when it loses power.
  'sync-given': async ({ notes }) => {
    await syncFolder(notes);
    await syncFolder(wants);
  },
  'stop-units': stopUnits,
  'put-aside': putAside,
  'withdraw-if-elsewhere': async (site) => {
    // Where the other host has the same etcd, there is nothing to wait for: this host's visitors get there too.
    if ((await hostsElsewhere(site)).length > 0) await deleteOwnRecords(site);
  },
  withdraw: deleteOwnRecords,
  'forget-mail': forgetMail,
};

async function appOf(site: SiteHere): Promise<string> {
  const app = await leavingApp(site);
  if (app) return app;
  throw new FreeholdError(`${site.domain} is not a site of this host.`);
}

async function scheduleRestart(site: SiteHere, [seconds = '120']: readonly string[]): Promise<void> {
  const { domain, scripts } = site;
  const words = ['--quiet', '--collect', '--unit', restartUnit(domain), '--on-active', seconds];
  const command = ['bash', join(scripts, 'host/move-from.sh'), domain, 'resume'];
  const accuracy = ['--timer-property', 'AccuracySec=1s'];
  await must(
    site,
    `Cannot schedule the restart of ${domain}`,
    'systemd-run',
    ...words,
    ...accuracy,
    ...command,
  );
}

/** A 'resume' waits for no other step: one that came just before the stop has cancelled the restart. */
async function requirePaused(site: SiteHere): Promise<void> {
  if ((await activeState(site, `${restartUnit(site.domain)}.timer`)) === 'active') return;
  await systemctl(site, 'start', `${await appOf(site)}@${site.domain}`);
  throw new FreeholdError(
    `The move of ${site.domain} was cancelled, or its pause has ended. The site runs on this host again.`,
  );
}

async function requireStopped(site: SiteHere): Promise<void> {
  if (!hasStarted(await lookAtRunning(site, await appOf(site)))) return;
  throw new FreeholdError(
    `The move of ${site.domain} took longer than its pause, so the site has restarted on this host and stays here. Run the move again with a longer --pause.`,
  );
}

async function stopUnits(site: SiteHere): Promise<void> {
  const { domain } = site;
  const app = (await readNote(site, 'given')) || (await appOf(site));
  await trySystemctl(site, 'disable', '--quiet', `${app}@${domain}`, `dump@${domain}.timer`);
  const around = [`certificate@${domain}.path`, `dump@${domain}.timer`, ...furtherUnits(site, app)];
  await trySystemctl(site, 'stop', `${app}@${domain}`, ...around);
}

/** What the site had here is kept, beside what an earlier move may have put aside. */
async function putAside(site: SiteHere): Promise<void> {
  const { domain } = site;
  const paths = { domains: `/data/domains/${domain}`, runtime: `/data/runtime/domains/${domain}` };
  const found = Object.entries(paths).filter(([, path]) => existsSync(path));
  if (found.length === 0) return;
  const kept = await newFolder(`/data/moved/${domain}`);
  for (const [name, path] of found) {
    await must(site, `Cannot put ${path} aside`, 'mv', '--no-target-directory', path, join(kept, name));
  }
  site.report(`The old data of ${domain} stays in ${kept} until you delete it.`);
}

async function newFolder(path: string): Promise<string> {
  const exists = await stat(path).catch(() => undefined);
  // As in 20261124-031500.
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const kept = exists ? `${path}-${time}` : path;
  await mkdir('/data/moved', { recursive: true, mode: 0o700 });
  await mkdir(kept, { recursive: true, mode: 0o700 });
  return kept;
}
