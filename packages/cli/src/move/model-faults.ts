// What may go wrong at one moment of a move between two models of servers, for tests.
import { losePower, type ModelServer } from './model-server.ts';

export interface Pair {
  readonly from: ModelServer;
  readonly to: ModelServer;
}

/** Something that happens at one moment of a run. */
export interface Fault {
  /** The moments are numbered: one before and one after each operation of a step. */
  readonly moment: number;
  readonly kind:
    | 'control-ends'
    | 'control-lost'
    | 'from-loses-power'
    | 'to-loses-power'
    | 'from-gone'
    | 'to-gone'
    | 'site-added'
    | 'copy-damaged';
}

/** The control machine is gone, with all its processes. */
export class ControlGone extends Error {}

export interface State extends Pair {
  readonly fault?: Fault | undefined;
  moment: number;
  /** What was under way at the moment of the fault. */
  operation: string;
  isControlGone: boolean;
  hasHappened: boolean;
  readonly held: Set<ModelServer>;
  readonly away: Set<ModelServer>;
  readonly said: string[];
}

/** One moment: nothing, or the fault. */
export function pass(state: State, server: ModelServer, operation: string): void {
  state.moment += 1;
  const { fault, from, to } = state;
  if (fault?.moment !== state.moment) return;
  state.operation = operation;
  switch (fault.kind) {
    case 'control-ends':
      state.isControlGone = true;
      throw new ControlGone();
    case 'control-lost':
      // The step that it began runs to its end.
      state.isControlGone = true;
      return;
    case 'from-loses-power':
    case 'from-gone':
      lose(state, from, server, fault.kind === 'from-gone');
      return;
    case 'to-loses-power':
    case 'to-gone':
      lose(state, to, server, fault.kind === 'to-gone');
      return;
    case 'site-added':
      state.hasHappened = addSite(to);
      return;
    case 'copy-damaged':
      state.hasHappened = operation === 'after arriving take-over: receive';
      if (state.hasHappened && to.copy) to.copy = { ...to.copy, data: { version: -2 } };
      return;
  }
}

function lose(state: State, lost: ModelServer, server: ModelServer, isAway: boolean): void {
  state.held.delete(lost);
  if (isAway) state.away.add(lost);
  else losePower(lost);
  if (lost === server) throw new Error(`${lost.name} was lost.`);
}

/** As an operator adds one: there is none, and no data. */
function addSite(server: ModelServer): boolean {
  if (server.data !== undefined || server.running !== undefined) return false;
  Object.assign(server, { data: { version: -1 }, running: 'static', enabled: 'static' });
  server.etcd.records.set(server.name, 'up');
  return true;
}
