// A run of a move between two models of servers, with one fault at one moment, for tests.
import { type ArrivingStep, planArriving, stateOfArriving } from './arriving.ts';
import { type LeavingStep, planLeaving, stateOfLeaving } from './leaving.ts';
import { arrivingActs, domain, leavingActs, type Stream } from './model-operations.ts';
import { arrivingSeen, leavingSeen, losePower, type ModelServer } from './model-server.ts';
import { runMove, type Servers } from './run-move.ts';
import { formatState } from './states.ts';

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

/** The control machine is gone: nothing of it goes on. */
class ControlGone extends Error {}

/** What is known of a run once it has ended. */
export interface Outcome {
  readonly result: 'together' | 'apart' | 'done' | 'failed' | 'gone';
  /** Why it failed. */
  readonly reason: string;
  readonly moments: number;
  /** What was under way at the moment of the fault. */
  readonly operation: string;
  /** Whether a site was added, or a copy damaged: not at each moment can it be. */
  readonly hasHappened: boolean;
}

interface State extends Pair {
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

/** Runs a move to its end, and what the servers do by themselves after it. */
export async function runModel(pair: Pair, fault?: Fault): Promise<Outcome> {
  const state: State = {
    ...pair,
    fault,
    moment: 0,
    operation: '',
    isControlGone: false,
    hasHappened: false,
    held: new Set([pair.from, pair.to]),
    away: new Set(),
    said: [],
  };
  const signal = new AbortController().signal;
  const names = { from: pair.from.name, to: pair.to.name };
  let result: Outcome['result'];
  let reason = '';
  try {
    result = await runMove({ domain, ...names, pauseSeconds: 120, signal }, serversOf(state));
  } catch (error) {
    result = state.isControlGone ? 'gone' : 'failed';
    reason = [...state.said, (error as Error).message].join('; ');
  }
  settle(state);
  const { moment: moments, operation, hasHappened } = state;
  return { result, reason, moments, operation, hasHappened };
}

/** A server that was away is back; where a run was heard of, it has ended; timers come to their end. */
function settle(state: State): void {
  const { from, to, held, away } = state;
  for (const server of away) losePower(server);
  away.clear();
  state.isControlGone = false;
  const calm = { ...state, fault: undefined };
  if (held.has(from)) perform(calm, from, 'tidy', [], { text: '' });
  if (held.has(to)) perform(calm, to, 'tidy', [], { text: '' }, 'arriving');
  if (from.isRestartDue) perform(calm, from, 'resume', [], { text: '' });
}

function serversOf(state: State): Servers {
  const { from, to, held } = state;
  return {
    async ask(at, [step = '', ...words]) {
      const server = at === 'from' ? from : to;
      const stream: Stream = { text: '' };
      reach(state, server);
      if (step === 'check') return '';
      if (step === 'state') {
        return formatState(
          at === 'from' ? stateOfLeaving(leavingSeen(server)) : stateOfArriving(arrivingSeen(server)),
        );
      }
      perform(state, server, step, words, stream, at === 'from' ? 'leaving' : 'arriving');
      if (state.isControlGone) throw new ControlGone();
      if (step === 'finish') return to.etcd === from.etcd ? 'together' : 'apart';
      return stream.text;
    },
    async pipe([leaving = '', ...given], [arriving = '', ...words]) {
      const stream: Stream = { text: '' };
      let failure: unknown;
      for (const [server, step, args, end] of [
        [from, leaving, given, 'leaving'],
        [to, arriving, words, 'arriving'],
      ] as const) {
        try {
          reach(state, server);
          perform(state, server, step, args, stream, end);
        } catch (error) {
          if (error instanceof ControlGone) throw error;
          failure ??= error;
        }
      }
      if (state.isControlGone) throw new ControlGone();
      if (failure) throw failure;
    },
    originName: async () => from.name,
    areHeld: () => held.has(from) && held.has(to),
    report: (sentence) => void state.said.push(sentence),
    now: () => 0,
  };
}

function reach(state: State, server: ModelServer): void {
  if (state.isControlGone) throw new ControlGone();
  if (state.away.has(server)) throw new Error(`${server.name} was not reached.`);
}

function perform(
  state: State,
  server: ModelServer,
  step: string,
  words: readonly string[],
  stream: Stream,
  end: 'leaving' | 'arriving' = 'leaving',
): void {
  const planned =
    end === 'leaving'
      ? planLeaving(domain, step as LeavingStep, leavingSeen(server)).map(
          (name) => [name, leavingActs[name]] as const,
        )
      : planArriving(domain, step as ArrivingStep, arrivingSeen(server)).map(
          (name) => [name, arrivingActs[name]] as const,
        );
  for (const [name, act] of planned) {
    pass(state, server, `before ${end} ${step}: ${name}`);
    write(state);
    act(server, stream, words);
    pass(state, server, `after ${end} ${step}: ${name}`);
  }
}

/** A visitor writes to the site where it runs and is announced: at the server that DNS leads to, until it was given up. */
function write({ from }: State): void {
  if (from.running !== undefined && from.data) from.data = { ...from.data, version: from.data.version + 1 };
}

/** One moment: nothing, or the fault. */
function pass(state: State, server: ModelServer, operation: string): void {
  state.moment += 1;
  const { fault, from, to } = state;
  if (fault?.moment !== state.moment) return;
  state.operation = operation;
  switch (fault.kind) {
    case 'control-ends':
      state.isControlGone = true;
      throw new ControlGone();
    case 'control-lost':
      // What it began goes on to its end.
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
