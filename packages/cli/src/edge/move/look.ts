// Sees what there is of a site on this host, for the plans of move/leaving.ts and move/arriving.ts.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrivingSeen } from '../../move/arriving.ts';
import type { LeavingSeen, Running } from '../../move/leaving.ts';
import { enabledUnits, showUnits } from '../systemd.ts';
import { hasNote, readNote, readWhole } from './notes.ts';
import { activeState, appHere, restartUnit, type SiteHere } from './site-here.ts';

/** The folder that a move brings bears the move's id until the move is finished: nothing else is discarded with it. */
export const markFile = (folder: string): string => join(folder, '.freehold-move');

export async function lookAtLeaving(site: SiteHere): Promise<LeavingSeen> {
  const { domain, notes } = site;
  const isDue = (await activeState(site, `${restartUnit(domain)}.timer`)) === 'active';
  return {
    given: await readNote(site, 'given'),
    isArriving: hasNote(site, 'app'),
    app: await leavingApp(site),
    hasData: existsSync(join('/data/domains', domain)),
    hasNotes: existsSync(notes),
    // The timer is cancelled a moment before the site is given up.
    isPaused: isDue || hasNote(site, 'sent/listing'),
  };
}

/** Once it is stopped, a site that does not start with the host is known by the note alone. */
export async function leavingApp(site: SiteHere): Promise<string | undefined> {
  return (await readNote(site, 'leaving')) || (await appHere(site));
}

export async function lookAtArriving(site: SiteHere): Promise<ArrivingSeen> {
  const { domain, notes } = site;
  const [id, mark] = [await readWhole(site, 'id'), await readMark(domain)];
  return {
    isLeaving: hasNote(site, 'given'),
    begun: await readNote(site, 'app'),
    origin: (await readNote(site, 'from')) ?? '',
    isReady: hasNote(site, 'ready'),
    app: await appHere(site),
    hasData: existsSync(join('/data/domains', domain)),
    isMarked: id !== undefined && id !== '' && id === mark,
    hasDiscarded: hasNote(site, 'discarded'),
    hasStrayNotes: existsSync(notes) && !hasNote(site, 'leaving') && !hasNote(site, 'given'),
    isHeldBack: hasNote(site, 'held'),
    wasDumped: hasNote(site, `tree/moving/${domain}/sent/dumped`),
  };
}

function readMark(domain: string): Promise<string | undefined> {
  return readFile(markFile(join('/data/domains', domain)), 'utf8').catch(() => undefined);
}

/** Whether the site runs, or is about to: after a restart of the host, it waits for Docker's start and for its turn. */
export async function lookAtRunning(site: SiteHere, app: string): Promise<Running> {
  const { domain, signal } = site;
  const [unit, restart, turns] = [
    `${app}@${domain}.service`,
    `${restartUnit(domain)}.service`,
    'start-sites.service',
  ];
  const shown = await showUnits([unit, restart, turns], ['ActiveState', 'Job'], signal);
  const value = (name: string, key: string) => shown.get(name)?.get(key) ?? '';
  const isBooting = existsSync('/run/freehold/booting') || value(turns, 'ActiveState') === 'active';
  return {
    site: value(unit, 'ActiveState') || 'inactive',
    hasJob: !['', '0'].includes(value(unit, 'Job')),
    isDue: isBooting && (await enabledUnits()).includes(unit),
    restart: value(restart, 'ActiveState') || 'inactive',
  };
}
