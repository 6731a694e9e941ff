// The phases of a move, in their order, and what becomes of the site if one fails.
import type { Description } from './description.ts';

export type Phase =
  | 'discard'
  | 'describe'
  | 'check'
  | 'begin'
  | 'copy'
  | 'copy-again'
  | 'mail'
  | 'take-over'
  | 'give'
  | 'announce'
  | 'leave'
  | 'finish';

/** One step at a server, by the words after 'move-from.sh DOMAIN' or 'move-to.sh DOMAIN'. */
export type Call =
  | { readonly at: 'from' | 'to'; readonly words: readonly string[] }
  /** What the first step prints is the standard input of the second. */
  | { readonly leaving: readonly string[]; readonly arriving: readonly string[] };

/**
 * What a failure leads to. `refuse`: nothing was changed. `abandon`: nobody has noticed anything, and what was made ready
 * is taken back. `undo`: the site is stopped, and starts again where it was. `find-out`: it may have been given up.
 * `finish-later`: it is at its new server, and the next run does the rest.
 */
export type Recovery = 'refuse' | 'abandon' | 'undo' | 'find-out' | 'finish-later';

export interface Facts {
  readonly app: string;
  /** The site restarts automatically this long after its stop. */
  readonly pauseSeconds: number;
  readonly description: Description;
}

export const recoveryOf: Readonly<Record<Phase, Recovery>> = {
  discard: 'refuse',
  describe: 'refuse',
  check: 'refuse',
  begin: 'abandon',
  copy: 'abandon',
  'copy-again': 'abandon',
  mail: 'abandon',
  'take-over': 'undo',
  give: 'find-out',
  announce: 'finish-later',
  leave: 'finish-later',
  finish: 'finish-later',
};

/** Phases that begin only while both servers hold the site for this run, and what follows if one does not. */
export const recoveryUnlessHeld: Readonly<Partial<Record<Phase, Recovery>>> = {
  begin: 'refuse',
  copy: 'abandon',
  'copy-again': 'abandon',
  mail: 'abandon',
  'take-over': 'abandon',
  give: 'undo',
};

/** A first copy that took longer is repeated, so that the last difference is small. */
const quickCopyMs = 20_000;

export function isNeeded(phase: Phase, { copyMs }: { copyMs: number }): boolean {
  return phase !== 'copy-again' || copyMs >= quickCopyMs;
}

export function callOf(phase: Phase, { app, pauseSeconds, description }: Facts): Call {
  const { kilobytes, status, database, host, boot } = description;
  switch (phase) {
    case 'check':
      return { at: 'to', words: ['check', app, String(kilobytes), status, database] };
    case 'begin':
      return { at: 'to', words: ['begin', app, status, host, boot] };
    case 'copy':
    case 'copy-again':
      return { leaving: [phase], arriving: ['receive'] };
    case 'mail':
      return { leaving: ['mail'], arriving: ['take-mail'] };
    case 'take-over':
      return { leaving: ['copy-last', String(pauseSeconds)], arriving: ['take-over'] };
    case 'describe':
    case 'give':
    case 'leave':
      return { at: 'from', words: [phase] };
    case 'discard':
    case 'announce':
    case 'finish':
      return { at: 'to', words: [phase] };
  }
}
