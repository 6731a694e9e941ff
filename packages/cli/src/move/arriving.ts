// The server that a site comes to: what it knows of the site, and what each step of a move does there, operation by
// operation. Killed between any two of them, the same step or the next run finds its way from what is there.
import { FreeholdError } from '@freehold/core/error';
import type { ArrivingState } from './states.ts';

/** What is seen of the site before a step. */
export interface ArrivingSeen {
  /** It is being moved away from here: the notes are those of the other end. */
  readonly isLeaving: boolean;
  /** Its app, by the note that begins a move to here. */
  readonly begun?: string | undefined;
  /** The host that it comes from. */
  readonly origin: string;
  /** It has answered here, and all of it is on disk. */
  readonly isReady: boolean;
  /** The app of a site that runs here or starts with the host. */
  readonly app?: string | undefined;
  readonly hasData: boolean;
  /** The data in its place was brought by this move. */
  readonly isMarked: boolean;
  /** Data that this move brought was taken out of its place, to be deleted. */
  readonly hasDiscarded: boolean;
  /** There are notes without a beginning, as of a run that was killed in its first moment. */
  readonly hasStrayNotes: boolean;
  /** Its announcement waits until the other host has given it up. */
  readonly isHeldBack: boolean;
  /** It was dumped every night at its old place. */
  readonly wasDumped: boolean;
}

export type ArrivingStep =
  | 'begin'
  | 'receive'
  | 'take-mail'
  | 'take-over'
  | 'announce'
  | 'discard'
  | 'finish'
  /** Once nothing is heard of a run any more. */
  | 'tidy';

/** One change, or one thing that has to be true; each either succeeds or ends the step. */
export type ArrivingOperation =
  | 'note-origin'
  | 'note-begun'
  | 'hold-back-if-shared'
  | 'receive'
  | 'take-mail'
  | 'require-same'
  | 'require-vacant'
  | 'mark'
  | 'place-data'
  | 'place-runtime'
  | 'install-units'
  | 'start-site'
  | 'await-same-answer'
  | 'note-ready'
  | 'put-record'
  | 'let-announce'
  | 'announce'
  | 'enable-site'
  | 'enable-and-start'
  | 'await-served'
  | 'enable-dump'
  | 'unmark'
  | 'give-back-mail'
  | 'stop-site'
  | 'discard-runtime'
  | 'discard-data'
  | 'remove-site'
  | 'stop-holding-back'
  | 'drop-notes';

/**
 * The operations of a step.
 *
 * @throws FreeholdError where the site is not in a state for it; nothing is changed then.
 */
export function planArriving(
  domain: string,
  step: ArrivingStep,
  seen: ArrivingSeen,
): readonly ArrivingOperation[] {
  switch (step) {
    case 'begin':
      // A run that was silent for long may find that another one has begun.
      if (seen.begun !== undefined || seen.isLeaving) {
        throw new FreeholdError(`${domain} is being moved to this host or away from it already.`);
      }
      return ['note-origin', 'note-begun', 'hold-back-if-shared'];
    case 'receive':
      return ['receive'];
    case 'take-mail':
      return ['take-mail'];
    case 'take-over':
      if (seen.begun === undefined)
        throw new FreeholdError(`The move of ${domain} to this host was cancelled.`);
      return takeOver;
    case 'announce':
      if (!seen.isReady) throw new FreeholdError(`The copy of ${domain} on this host is incomplete.`);
      return planAnnounce(seen);
    case 'finish':
      if (!seen.isReady) throw new FreeholdError(`The copy of ${domain} on this host is incomplete.`);
      return planFinish(seen);
    case 'discard':
      return planDiscard(seen);
    case 'tidy':
      // What has not answered here yet cannot have been given up at its old place.
      return seen.isReady || seen.isLeaving ? [] : planDiscard(seen);
  }
}

/** It is not enabled before the other host has given it up: should this one restart, the site is still the other's. */
const takeOver: readonly ArrivingOperation[] = [
  'receive',
  'require-same',
  'require-vacant',
  'mark',
  'place-data',
  'place-runtime',
  'install-units',
  'start-site',
  'await-same-answer',
  'note-ready',
];

/** From now on it is this host's, also if the host restarts before the move is finished. */
function planAnnounce({ isHeldBack }: ArrivingSeen): readonly ArrivingOperation[] {
  const record: ArrivingOperation[] = isHeldBack ? ['put-record'] : [];
  return ['start-site', ...record, 'let-announce', 'announce', 'enable-site', 'await-served'];
}

function planFinish({ wasDumped }: ArrivingSeen): readonly ArrivingOperation[] {
  const dump: ArrivingOperation[] = wasDumped ? ['enable-dump'] : [];
  return ['enable-and-start', 'await-served', ...dump, 'stop-holding-back', 'unmark', 'drop-notes'];
}

/** Only what this move brought is deleted. A site that was added here before or in the meantime stays and keeps running. */
function planDiscard(seen: ArrivingSeen): readonly ArrivingOperation[] {
  const { begun, isMarked, hasDiscarded, hasData, app } = seen;
  if (begun === undefined) return seen.hasStrayNotes ? ['drop-notes'] : [];
  const operations: ArrivingOperation[] = ['give-back-mail'];
  if (isMarked) operations.push('stop-site', 'discard-runtime', 'discard-data');
  // Unless a site was added after a run that was killed here.
  const isRemoved = isMarked || (hasDiscarded && !hasData);
  if (isRemoved) operations.push('remove-site');
  operations.push('stop-holding-back');
  // A site of this host whose announcement was held back for the move.
  if (!isRemoved && app !== undefined) operations.push('announce');
  return [...operations, 'drop-notes'];
}

export function stateOfArriving(seen: ArrivingSeen): ArrivingState {
  if (seen.isLeaving) return { kind: 'leaving' };
  if (seen.isReady) return { kind: 'ready', host: seen.origin };
  if (seen.begun !== undefined) return { kind: 'unfinished' };
  return seen.app === undefined ? { kind: 'none' } : { kind: 'site', app: seen.app };
}
