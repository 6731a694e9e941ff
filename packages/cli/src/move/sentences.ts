// The sentences that a run of a move prints: before its phases, and when the operator interrupts it.
import type { Phase, Recovery } from './phases.ts';
import type { Move } from './run-move.ts';

/** The sentence before a phase; undefined for a phase that takes no time worth a line. */
export function announcementOf(phase: Phase, { domain, from, to }: Move): string | undefined {
  if (phase === 'discard') return `Deleting the rest of an earlier move at ${to}`;
  if (phase === 'copy') return `Copying ${domain} to ${to} while it runs`;
  return phase === 'take-over' ? `Stopping ${domain} at ${from} to copy the last changes` : undefined;
}

/** Where the site is after an interruption, and what to do, by the recovery of the phase that was interrupted. */
export function interruptionOf(recovery: Recovery, { domain, from, to, pauseSeconds }: Move): string {
  switch (recovery) {
    case 'refuse':
      return `Interrupted. ${domain} stays at ${from}. Nothing was changed.`;
    case 'abandon':
      return `Interrupted. ${domain} was not moved and still runs at ${from}.`;
    case 'undo':
      return `Interrupted. ${domain} was not moved. It restarts at ${from} within ${pauseSeconds} s of its stop.`;
    case 'find-out':
      return `Interrupted. It is unknown whether ${domain} is at ${from} or at ${to}. Run this again to find out and continue.`;
    case 'finish-later':
      return `Interrupted. ${domain} is at ${to} now, but the move is not finished. Run this again.`;
  }
}
