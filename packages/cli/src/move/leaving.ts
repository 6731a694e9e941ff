// The server that a site leaves: what it knows of the site, and what each step of a move does there, operation by
// operation. Killed between any two of them, the same step or the next run finds its way from what is there.
import { FreeholdError } from '@freehold/core/error';
import type { LeavingState } from './states.ts';

/** What is seen of the site before a step. */
export interface LeavingSeen {
  /** The app in the note that it has been given up. From that note on, the site is the other server's. */
  readonly given?: string | undefined;
  /** It is just being moved here: the notes are those of the other end. */
  readonly isArriving: boolean;
  /** The app of the site that runs, or starts with the host, or was stopped for this move. */
  readonly app?: string | undefined;
  readonly hasData: boolean;
  readonly hasNotes: boolean;
  /** It was stopped for a move: a timer will start it again, or its files have been listed since. */
  readonly isPaused: boolean;
}

export type LeavingStep =
  | 'describe'
  | 'mail'
  | 'copy'
  | 'copy-again'
  | 'copy-last'
  | 'resume'
  | 'give'
  | 'leave'
  | 'forget'
  /** Once nothing is heard of a run any more. */
  | 'tidy';

/** One change, or one thing that has to be true; each either succeeds or ends the step. */
export type LeavingOperation =
  | 'start-site'
  | 'cancel-restart'
  | 'schedule-restart'
  | 'stop-again-normally'
  | 'stop-at-once'
  | 'drop-notes'
  | 'await-answer'
  | 'print-description'
  | 'print-mail'
  | 'note-app'
  | 'begin-snapshot'
  | 'note-units'
  | 'send'
  | 'stop-site'
  | 'require-paused'
  | 'list-files'
  | 'require-stopped'
  | 'note-given'
  | 'disable-site'
  | 'sync-given'
  | 'stop-units'
  | 'put-aside'
  | 'withdraw-if-elsewhere'
  | 'withdraw'
  | 'forget-mail';

const resume: readonly LeavingOperation[] = [
  'start-site',
  'cancel-restart',
  'stop-again-normally',
  'drop-notes',
];

/** From the note on, not even a restart of this host brings it back. */
const keepGiven: readonly LeavingOperation[] = ['disable-site', 'sync-given'];

/**
 * The operations of a step.
 *
 * @throws FreeholdError where the site is not in a state for it; nothing is changed then.
 */
export function planLeaving(
  domain: string,
  step: LeavingStep,
  seen: LeavingSeen,
): readonly LeavingOperation[] {
  const { given } = seen;
  switch (step) {
    case 'describe':
      // A run that was cut off in its pause has left it stopped.
      return [...(seen.isPaused ? [...resume, 'await-answer' as const] : []), 'print-description'];
    case 'mail':
      return ['print-mail'];
    case 'copy':
      requireHere(domain, seen);
      return ['note-app', 'begin-snapshot', 'note-units', 'stop-at-once', 'send'];
    case 'copy-again':
      return ['send'];
    case 'copy-last':
      requireHere(domain, seen);
      // Should nobody come back, it starts again.
      return ['cancel-restart', 'schedule-restart', 'stop-site', 'require-paused', 'list-files', 'send'];
    case 'resume':
      if (given !== undefined) {
        throw new FreeholdError(`${domain} was moved away from this host, so it is not started here again.`);
      }
      return resume;
    case 'give':
      if (given !== undefined) return keepGiven;
      return ['cancel-restart', 'require-stopped', 'note-given', ...keepGiven];
    case 'leave':
      if (given === undefined) throw new FreeholdError(`${domain} still belongs to this host.`);
      return ['stop-units', 'put-aside', 'stop-again-normally', 'withdraw-if-elsewhere', 'drop-notes'];
    case 'forget':
      if (stateOfLeaving(seen).kind !== 'none') {
        throw new FreeholdError(
          `${domain} is still a site of this host, or is being moved away. Finish the move first.`,
        );
      }
      return ['withdraw', 'forget-mail'];
    case 'tidy':
      return planTidy(seen);
  }
}

/** A run that nobody has heard of for long may find that another one has moved the site meanwhile. */
function requireHere(domain: string, { given, isArriving }: LeavingSeen): void {
  if (given !== undefined) throw new FreeholdError(`${domain} was moved away from this host.`);
  if (isArriving) throw new FreeholdError(`${domain} is being moved to this host.`);
}

/** A run has ended, or fell silent. The site continues here unless it was given up. */
function planTidy(seen: LeavingSeen): readonly LeavingOperation[] {
  if (seen.given !== undefined) return keepGiven;
  if (seen.isArriving || !seen.hasNotes) return [];
  return seen.isPaused ? resume : ['stop-again-normally', 'drop-notes'];
}

export function stateOfLeaving({ given, isArriving, app, hasData }: LeavingSeen): LeavingState {
  if (given !== undefined) return { kind: 'given', app: given };
  if (isArriving) return { kind: 'arriving' };
  return app !== undefined && hasData ? { kind: 'site', app } : { kind: 'none' };
}

/** What systemd tells of a site's unit and of the unit that starts it again. */
export interface Running {
  /** ActiveState of the site's unit, as in 'inactive'. */
  readonly site: string;
  /** A job for it waits. */
  readonly hasJob: boolean;
  /** It starts with the host, and the host has not come to it yet. */
  readonly isDue: boolean;
  /** ActiveState of the unit that starts it again. */
  readonly restart: string;
}

/** Whether the site runs here or is about to: then it cannot be given up any more. */
export function hasStarted({ site, hasJob, isDue, restart }: Running): boolean {
  return restart !== 'inactive' || site !== 'inactive' || hasJob || isDue;
}
