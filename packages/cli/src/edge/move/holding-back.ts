// Where both servers of a move have one etcd, the announcement at the new one waits until the old one has given it up.
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharesEtcd } from './etcd-acts.ts';
import { hasNote, writeNote } from './notes.ts';
import { type SiteHere, systemctl } from './site-here.ts';

const dropInFolder = (domain: string) => `/run/systemd/system/discovery@${domain}.service.d`;

/** Ahead of the pause, as systemd takes a moment to read it. */
export async function holdBackIfShared(
  site: SiteHere,
  origin: { app: string; host: string; boot: string },
): Promise<void> {
  if (!(await sharesEtcd(site, origin.app, origin.host, origin.boot))) return;
  await writeNote(site, 'held', '');
  await writeNote(site, 'together', '');
  const folder = dropInFolder(site.domain);
  await mkdir(folder, { recursive: true });
  const condition = `ConditionPathExists=!${join(site.notes, 'held')}`;
  await writeFile(join(folder, 'moving.conf'), `[Unit]\n${condition}\n`);
  await systemctl(site, 'daemon-reload');
}

export async function stopHoldingBack(site: SiteHere): Promise<void> {
  const folder = dropInFolder(site.domain);
  // Settings of units that a move had installed are gone too.
  if (!existsSync(folder) && !hasNote(site, 'installed')) return;
  await rm(folder, { recursive: true, force: true });
  await systemctl(site, 'daemon-reload');
}
