// A model of a host that switches versions, with one fault at one moment, for tests.
import type { SwitchOperation } from './plan-switch.ts';
import { type HostHere, runSwitch } from './run-switch.ts';

/** What a version fails at: nothing else works after that. */
export type Defect = SwitchOperation['act'];

export interface ModelHost {
  /** Which versions there are, and what is wrong with them. */
  readonly versions: Map<string, Defect | 'none'>;
  /** Versions, by what leads to them; undefined on a bare host. */
  images?: string | undefined;
  databases?: string | undefined;
  link?: string | undefined;
  units?: string | undefined;
  remembered?: string | undefined;
  note?: { readonly before: string; readonly target: string } | undefined;
  /** All versions whose database server may have upgraded data. */
  readonly upgradedBy: Set<string>;
  /** Undoes what is not on disk yet, the last one first. */
  readonly unsynced: (() => void)[];
}

/** Something that happens at one moment: there is one before and one after each operation. */
export interface Fault {
  readonly moment: number;
  /** `killed`: the host goes on. `loses-power`: it starts again. `fails`: the operation under way fails once. */
  readonly kind: 'killed' | 'loses-power' | 'fails';
}

export function makeHost(inUse: string | undefined, others: Record<string, Defect | 'none'>): ModelHost {
  const versions = new Map(Object.entries(others));
  if (inUse !== undefined) versions.set(inUse, 'none');
  const [images, databases, link, units, remembered] = Array.from({ length: 5 }, () => inUse);
  return {
    ...{ versions, images, databases, link, units, remembered },
    upgradedBy: new Set(inUse === undefined ? [] : [inUse]),
    unsynced: [],
  };
}

type Result = 'done' | 'failed' | 'cut-off';

/** Nothing of the switch goes on. */
class CutOff extends Error {}

/** Runs a switch to its end, or to the fault. After a loss of power, the host has started again. */
export async function switchModel(
  host: ModelHost,
  version: string,
  fault?: Fault,
): Promise<{ result: Result; moments: number; reason: string }> {
  let moment = 0;
  const pass = () => {
    moment += 1;
    if (fault?.moment !== moment) return;
    if (fault.kind === 'fails') throw new Error('The disk is full.');
    throw new CutOff();
  };
  const here: HostHere = {
    async perform(operation) {
      pass();
      act(host, operation);
      pass();
    },
    report: () => undefined,
    signal: { throwIfAborted: () => undefined } as AbortSignal,
  };
  // Once it is cut off, it does not even roll back.
  const stop = new AbortController();
  const perform = async (operation: SwitchOperation) =>
    here.perform(operation).catch((error: unknown) => {
      if (error instanceof CutOff) stop.abort(error);
      throw error;
    });
  const before = host.note?.before || host.remembered;
  const isBeforeHere = before !== undefined && host.versions.has(before);
  try {
    await runSwitch({ version, before, isBeforeHere }, { ...here, perform, signal: stop.signal });
    return { result: 'done', moments: moment, reason: '' };
  } catch (error) {
    const result = stop.signal.aborted ? 'cut-off' : 'failed';
    if (result === 'cut-off' && fault?.kind === 'loses-power') await startAgain(host);
    return { result, moments: moment, reason: (error as Error).message };
  }
}

/** The host starts: what was not on disk is as before, and an unfinished switch goes on or back. */
export async function startAgain(host: ModelHost): Promise<void> {
  for (const undo of host.unsynced.splice(0).reverse()) undo();
  if (host.note) await switchModel(host, host.note.target);
}

function act(host: ModelHost, operation: SwitchOperation): void {
  const { act: name, version } = operation;
  if (host.versions.get(version) === name) throw new Error(`${version} fails at ${name}.`);
  acts[name](host, operation);
}

const requireAll = (host: ModelHost, { version }: SwitchOperation) => {
  if (host.images !== version || host.link !== version || host.units !== version)
    throw new Error('It does not come up.');
};

const acts: Readonly<Record<SwitchOperation['act'], (host: ModelHost, operation: SwitchOperation) => void>> =
  {
    'note-unfinished': (host, { version, before = '' }) => {
      host.note = { target: version, before };
    },
    'tag-images': (host, { version }) => {
      host.images = version;
      // A bare host has no databases to be kept.
      host.databases ??= version;
    },
    'lead-to': (host, { version }) => later(host, 'link', version),
    'set-up': (host, { version }) => later(host, 'units', version),
    'require-programs': requireAll,
    'require-sites': requireAll,
    'tag-databases': (host, { version }) => {
      host.databases = version;
      host.upgradedBy.add(version);
    },
    remember: (host, { version }) => later(host, 'remembered', version),
    sync: (host) => {
      host.unsynced.length = 0;
    },
    end: (host) => {
      host.note = undefined;
    },
    'forget-old': () => undefined,
  };

/** It is not on disk before the next sync. */
function later(host: ModelHost, key: 'link' | 'units' | 'remembered', version: string): void {
  const before = host[key];
  host[key] = version;
  host.unsynced.push(() => {
    host[key] = before;
  });
}
