// The sentences that a run of a move prints: before its phases, and when the operator interrupts it.
import type { Phase, Recovery } from './phases.ts';
import type { Move } from './run-move.ts';

/** The sentence before a phase; undefined for a phase that takes no time worth a line. */
export function announcementOf(phase: Phase, { domain, from, to }: Move): string | undefined {
  if (phase === 'discard') return `Throwing away what an earlier move left at ${to}`;
  if (phase === 'copy') return `Copying ${domain} to ${to} while it runs`;
  return phase === 'take-over' ? `Stopping ${domain} at ${from} for the last difference` : undefined;
}

/** Where the site is after an interruption, and what to do, by the recovery of the phase that was interrupted. */
export function interruptionOf(recovery: Recovery, { domain, from, to, pauseSeconds }: Move): string {
  switch (recovery) {
    case 'refuse':
      return `Interrupted. ${domain} stays at ${from}. Nothing was changed.`;
    case 'abandon':
      return `Interrupted. ${domain} was not moved; it goes on at ${from} as if nothing had been.`;
    case 'undo':
      return `Interrupted. ${domain} was not moved; it starts again at ${from}, at most ${pauseSeconds} s after it was stopped.`;
    case 'find-out':
      return `Interrupted. It is not known whether ${domain} is at ${from} or at ${to}: run this again, which finds out and goes on from there.`;
    case 'finish-later':
      return `Interrupted. ${domain} is at ${to} now, but the move is not finished: run this again.`;
  }
}
