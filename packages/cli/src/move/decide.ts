// What a run of a move has to do, by what both servers say of the site. Whatever an earlier run has left is finished, or
// deleted.
import type { Phase } from './phases.ts';
import { type ArrivingState, formatState, type LeavingState } from './states.ts';

export type Decision =
  /** `origin`: what is ready has come from this host, and only that one may give it up. */
  | { readonly kind: 'go'; readonly phases: readonly Phase[]; readonly origin?: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'refuse'; readonly reason: string };

const whole: readonly Phase[] = [
  'describe',
  'check',
  'begin',
  'copy',
  'copy-again',
  'mail',
  'take-over',
  'give',
  'announce',
  'leave',
  'finish',
];

interface Asked {
  readonly domain: string;
  /** The servers by the names that the operator gave. */
  readonly from: string;
  readonly to: string;
}

export function decide({ domain, from, to }: Asked, here: LeavingState, there: ArrivingState): Decision {
  if (here.kind === 'site' && there.kind === 'none') return { kind: 'go', phases: whole };
  if (here.kind === 'site' && (there.kind === 'unfinished' || there.kind === 'ready')) {
    const phases: readonly Phase[] = ['discard', ...whole];
    // What is ready may be all that there is of the site, if another host gave it up.
    return there.kind === 'ready' ? { kind: 'go', phases, origin: there.host } : { kind: 'go', phases };
  }
  if (here.kind === 'given' && there.kind === 'ready') {
    return { kind: 'go', phases: ['announce', 'leave', 'finish'], origin: there.host };
  }
  if (here.kind === 'given') {
    const reason = `${domain} was moved from ${from}, but not to ${to}. Run this again with the server that it was moved to.`;
    return { kind: 'refuse', reason };
  }
  if (here.kind === 'none' && there.kind === 'ready') {
    return { kind: 'go', phases: ['announce', 'finish'], origin: there.host };
  }
  if (here.kind === 'none' && there.kind === 'site') return { kind: 'done' };
  const states = `${from} reports '${formatState(here)}', and ${to} reports '${formatState(there)}'`;
  const reason = `Cannot move ${domain}: ${states}. It has to be a site of the first server, and not of the second.`;
  return { kind: 'refuse', reason };
}
