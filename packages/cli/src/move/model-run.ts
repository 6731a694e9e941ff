// A run of a move between two models of servers, with one fault at one moment, for tests.
import { type ArrivingStep, planArriving, stateOfArriving } from './arriving.ts';
import { type LeavingStep, planLeaving, stateOfLeaving } from './leaving.ts';
import { ControlGone, type Fault, type Pair, pass, type State } from './model-faults.ts';
import { arrivingActs, domain, leavingActs, type Stream } from './model-operations.ts';
import { arrivingSeen, leavingSeen, losePower, type ModelServer } from './model-server.ts';
import { runMove, type Servers } from './run-move.ts';
import { formatState } from './states.ts';

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

/** Runs a move to its end, and then what the servers do without it. */
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
