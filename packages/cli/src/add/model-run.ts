// A run that adds a site to the model of a host, with one fault at one moment, for tests.
import { checkAdd } from './checks.ts';
import { hostSeen, losePower, type ModelHost, modelActs, sourceSeen } from './model-host.ts';
import { type AddOperation, type AddPlan, chooseMeans } from './plan.ts';
import { runAdd } from './run-add.ts';

/** What a run is asked for. */
export interface Asked {
  readonly origin: 'none' | 'from' | 'take' | 'sent' | 'git';
  /** The source is on the disk of /data/import. */
  readonly isOnDisk: boolean;
}

export interface Fault {
  /** The moments are numbered: before each operation, between its steps, and after the last one. */
  readonly moment: number;
  readonly kind: 'killed' | 'stopped' | 'power' | 'failing' | 'source-written';
}

export interface Outcome {
  readonly result: 'added' | 'failed' | 'gone';
  readonly reason: string;
  readonly moments: number;
  /** What was under way at the moment of the fault. */
  readonly operation: string;
  readonly reports: readonly string[];
}

/** The run is gone: nothing of it happens any more. */
class Gone extends Error {}

/** Runs to the end, and then what the host does without it. */
export async function runModel(host: ModelHost, asked: Asked, fault?: Fault): Promise<Outcome> {
  const state = { moment: 0, operation: '', isGone: false, isStopped: false };
  const reports: string[] = [];
  const perform = (operation: AddOperation) => {
    if (state.isGone) throw new Gone();
    // What cleans up continues without the signal.
    if (state.isStopped && operation !== 'delete-copy') throw new Error('Stopped by SIGTERM.');
    for (const act of [() => undefined, ...modelActs[operation]]) {
      pass(host, state, operation, fault);
      act(host);
    }
    pass(host, state, `after ${operation}`, fault);
  };
  let result: Outcome['result'] = 'added';
  let reason = '';
  try {
    const plan = planOf(host, asked);
    await runAdd(plan, names, {
      perform: async (operation) => perform(operation),
      hasStarted: async () => host.isRunning,
      isPlaced: () => host.placed !== undefined,
      interruptedCopy: () => (state.isStopped && host.hidden ? '/data/import/.a.test.1' : undefined),
      release: async () => undefined,
      report: (sentence) => {
        if (!state.isGone) reports.push(sentence);
      },
    });
  } catch (error) {
    result = state.isGone ? 'gone' : 'failed';
    reason = (error as Error).message;
  }
  if (state.isGone && fault?.kind === 'power') losePower(host);
  return { result, reason, moments: state.moment, operation: state.operation, reports };
}

const names = { unit: 'static@a.test.service', needed: [], placed: '/data/import/a.test', source: './x' };

/** @throws FreeholdError if it is refused. */
function planOf(host: ModelHost, { origin, isOnDisk }: Asked): AddPlan {
  const hasSource = ['from', 'take', 'sent'].includes(origin);
  const take = origin === 'take' || origin === 'sent';
  const seen = hostSeen(host, origin === 'git' ? 'static-git/GITURL' : undefined);
  const source = hasSource ? { path: './x', seen: sourceSeen(host) } : undefined;
  const address = origin === 'git' ? 'https://git.test/x.git' : undefined;
  checkAdd({ domain: 'a.test', app: 'static', source, take, address }, seen);
  const means = chooseMeans({ hasSource, hasAddress: origin === 'git', take }, isOnDisk);
  return { means, take, isSent: origin === 'sent', isRunning: host.isRunning && host.isEnabled };
}

type State = { moment: number; operation: string; isGone: boolean; isStopped: boolean };

function pass(host: ModelHost, state: State, operation: string, fault: Fault | undefined): void {
  state.moment += 1;
  if (fault?.moment !== state.moment) return;
  state.operation = operation;
  switch (fault.kind) {
    case 'killed':
    case 'power':
      state.isGone = true;
      throw new Gone();
    case 'stopped':
      state.isStopped = true;
      throw new Error('Stopped by SIGTERM.');
    case 'failing':
      throw new Error('It failed.');
    case 'source-written':
      if (host.source) host.source.version += 1;
  }
}
