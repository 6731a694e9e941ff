// The operations at the server that a site comes to, on this host.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import type { ArrivingOperation } from '../../move/arriving.ts';
import { waitUntil } from '../wait-until.ts';
import { statusHere } from './answers.ts';
import { discardData, discardRuntime, removeBrought } from './discarding.ts';
import { giveBackMail, putRecord, takeMail } from './etcd-acts.ts';
import { holdBackIfShared, stopHoldingBack } from './holding-back.ts';
import { listFiles } from './list-files.ts';
import { markFile } from './look.ts';
import { dropNotes, makeNotes, readNote, readWhole, writeNote } from './notes.ts';
import { must, type SiteHere, systemctl, trySystemctl } from './site-here.ts';
import { startSite } from './start-site.ts';
import { receive } from './transfer.ts';
import { installUnits } from './unit-files.ts';
import { checkVacant } from './vacancy.ts';

type Act = (site: SiteHere, words: readonly string[]) => Promise<void>;

export const arrivingActs: Readonly<Record<ArrivingOperation, Act>> = {
  'note-origin': async (site, [, status = '', host = '']) => {
    await makeNotes(site, 'tree');
    await writeNote(site, 'id', (await readFile('/proc/sys/kernel/random/uuid', 'utf8')).trim());
    await writeNote(site, 'from', host);
    await writeNote(site, 'status', status);
  },
  'note-begun': (site, [app = '']) => writeNote(site, 'app', app),
  'hold-back-if-shared': (site, [app = '', , host = '', boot = '']) =>
    holdBackIfShared(site, { app, host, boot }),
  receive: async (site) => {
    await makeNotes(site, 'tree');
    await receive(site);
  },
  'take-mail': takeMail,
  'require-same': requireSame,
  'require-vacant': checkVacant,
  mark: async (site) => {
    const { domain, notes } = site;
    const id = await readWhole(site, 'id');
    if (!id) throw new FreeholdError(`The move of ${domain} to this host has no id, so it was cancelled.`);
    await writeAtomic(markFile(join(notes, 'tree/domains', domain)), id, { mode: 0o600 });
  },
  'place-data': (site) => place(site, 'domains'),
  'place-runtime': async (site) => {
    if (existsSync(join(site.notes, 'tree/runtime/domains', site.domain)))
      await place(site, 'runtime/domains');
  },
  'install-units': installUnits,
  'start-site': async (site) => startSite(site, await appOf(site)),
  'await-same-answer': (site) => awaitAnswer(site, 60, (status, before) => status === before),
  'note-ready': async (site) => {
    await writeNote(site, 'ready', '');
    await must(site, 'Cannot write to disk', 'sync', join(site.notes, 'ready'));
    await mkdir('/data/runtime/domains', { recursive: true });
    for (const folder of [site.notes, '/data/domains', '/data/runtime/domains']) await syncFolder(folder);
  },
  'put-record': async (site) => putRecord(site, await appOf(site)),
  'let-announce': ({ notes }) => rm(join(notes, 'held'), { force: true }),
  announce: ({ domain, ...site }) =>
    systemctl({ domain, ...site }, 'start', '--no-block', `discovery@${domain}`),
  'enable-site': async (site) => systemctl(site, 'enable', '--quiet', `${await appOf(site)}@${site.domain}`),
  'enable-and-start': async (site) =>
    systemctl(site, 'enable', '--quiet', '--now', `${await appOf(site)}@${site.domain}`),
  // Later its owner may have changed it already.
  'await-served': (site) =>
    awaitAnswer(site, 90, (status, before) => status === before || /^[23]/.test(status)),
  'enable-dump': (site) => systemctl(site, 'enable', '--quiet', '--now', `dump@${site.domain}.timer`),
  unmark: ({ domain }) => rm(markFile(join('/data/domains', domain)), { force: true }),
  'give-back-mail': giveBackMail,
  // A site that has failed is tried again, and import would create its folder once more.
  'stop-site': async (site) =>
    trySystemctl(site, 'stop', `${await appOf(site)}@${site.domain}`, `import@${site.domain}`),
  'discard-runtime': discardRuntime,
  'discard-data': discardData,
  'remove-site': async (site) => removeBrought(site, await appOf(site)),
  'stop-holding-back': stopHoldingBack,
  'drop-notes': dropNotes,
};

async function appOf(site: SiteHere): Promise<string> {
  const app = await readNote(site, 'app');
  if (app) return app;
  throw new FreeholdError(`No move of ${site.domain} to this host is in progress.`);
}

async function requireSame({ domain, notes }: SiteHere): Promise<void> {
  const tree = join(notes, 'tree');
  const listing = await readFile(join(tree, 'moving', domain, 'sent/listing'), 'utf8').catch(() => '');
  if (listing.trim() === (await listFiles(tree, domain))) return;
  throw new FreeholdError(`The copy of ${domain} differs from the original.`);
}

/** By mv: /data/domains may be another disk. */
async function place(site: SiteHere, where: string): Promise<void> {
  const { domain, notes } = site;
  await mkdir(join('/data', where), { recursive: true });
  const [copy, target] = [join(notes, 'tree', where, domain), join('/data', where, domain)];
  await must(site, `Cannot rename the copy to ${target}`, 'mv', '--no-target-directory', copy, target);
}

async function awaitAnswer(
  site: SiteHere,
  seconds: number,
  isRight: (status: string, before: string) => boolean,
): Promise<void> {
  const [app, before] = [await appOf(site), (await readNote(site, 'status')) ?? ''];
  let status = '';
  const isAnswered = async () => {
    status = await statusHere(site, app);
    return isRight(status, before);
  };
  if (await waitUntil(seconds, isAnswered, { signal: site.signal, everyMs: 100 })) return;
  throw new FreeholdError(
    `${site.domain} is not served correctly here: it answers with status ${status}, but with ${before} on the other host.`,
  );
}
