// A model of a server that is deployed to, with one fault at one moment, for tests.
import { type DeployStep, runSteps } from './run-deploy.ts';

export interface ModelServer {
  readonly files: Set<string>;
  readonly images: Set<string>;
  isPrepared: boolean;
  /** The run that sent the host's own files. */
  ownFiles?: string | undefined;
  inUse?: string | undefined;
  /** The run that holds it. */
  holder?: string | undefined;
  /** The run of each change, in order. */
  readonly changes: string[];
}

/** One moment is before each step, one amid it, and one after it. */
export interface Fault {
  readonly moment: number;
  readonly kind:
    | 'control-gone'
    | 'server-lost'
    /** The connection that holds it breaks, and another run takes it; this one learns of it or does not. */
    | 'taken-over'
    | 'taken-over-unnoticed'
    /** Nobody takes it. */
    | 'hold-lost';
}

export interface DeployRun {
  readonly id: string;
  readonly version: string;
  readonly steps: readonly DeployStep[];
}

export function makeServer(inUse?: string): ModelServer {
  const has = inUse === undefined ? [] : [inUse];
  return { files: new Set(has), images: new Set(has), isPrepared: inUse !== undefined, inUse, changes: [] };
}

/** What a step does, in two halves: the first leaves nothing that counts if the second does not come. */
function changeOf(
  step: DeployStep,
  { id, version }: DeployRun,
  server: ModelServer,
): (() => void) | undefined {
  const need = (what: boolean, why: string) => {
    if (!what) throw new Error(why);
  };
  switch (step) {
    case 'send-files':
      return server.files.has(version) ? undefined : () => void server.files.add(version);
    case 'prepare':
      need(server.files.has(version), 'There is no prepare.sh.');
      return () => {
        server.isPrepared = true;
      };
    case 'send-images':
      need(server.isPrepared, 'There is no Docker.');
      return server.images.has(version) ? undefined : () => void server.images.add(version);
    case 'send-own-files':
      return () => {
        server.ownFiles = id;
      };
    case 'require-version':
      need(server.files.has(version), 'It has no such version.');
      return undefined;
    case 'switch':
      need(server.files.has(version) && server.images.has(version), 'It has no such version.');
      return () => {
        server.inUse = version;
      };
    default:
      return undefined;
  }
}

/** Runs a deploy to its end or to the fault; resolves with why it failed. */
export async function deployModel(
  server: ModelServer,
  run: DeployRun,
  fault?: Fault,
): Promise<{ reason: string | undefined; moments: number }> {
  let moment = 0;
  let isHeld = true;
  server.holder = run.id;
  const pass = () => {
    moment += 1;
    if (fault?.moment !== moment) return;
    if (fault.kind === 'control-gone' || fault.kind === 'server-lost') throw new Error(fault.kind);
    server.holder = fault.kind === 'hold-lost' ? undefined : 'another';
    isHeld = fault.kind === 'taken-over-unnoticed';
  };
  const perform = async (step: DeployStep) => {
    pass();
    if (server.holder !== run.id) throw new Error('It is held for another run.');
    const change = changeOf(step, run, server);
    pass();
    change?.();
    if (change) server.changes.push(run.id);
    pass();
  };
  try {
    await runSteps(run.steps, { isHeld: () => isHeld, perform });
    return { reason: undefined, moments: moment };
  } catch (error) {
    return { reason: (error as Error).message, moments: moment };
  }
}
