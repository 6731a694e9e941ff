// A run of a restore on a model of a host, with one fault at one moment, for tests.
import {
  backup,
  changeHost,
  changeSite,
  type Disk,
  losePower,
  type ModelHost,
  siteOf,
} from './model-host.ts';
import { hostSeen, siteSeen } from './model-seen.ts';
import type { Notice } from './notice.ts';
import { type Request, type RestoringHost, runRestore } from './run-restore.ts';

/** Something that happens at one moment of a run. */
export interface Fault {
  /** The moments are numbered: one before, one within and one after each operation. */
  readonly moment: number;
  readonly kind:
    | 'killed'
    | 'power'
    | 'power-data'
    | 'power-etc'
    | 'failing'
    | 'etcd-away'
    | 'added-here'
    | 'added-elsewhere';
}

/** What is known of a run once it has ended. */
export interface Outcome {
  readonly result: 'done' | 'failed' | 'killed';
  readonly said: readonly Notice[];
  readonly moments: number;
  /** What was under way at the moment of the fault. */
  readonly operation: string;
}

/** Whose changes are lost that are not on disk yet; none where only the process is killed. */
const lostDisks: Readonly<Partial<Record<Fault['kind'], readonly Disk[]>>> = {
  killed: [],
  power: ['data', 'etc'],
  'power-data': ['data'],
  'power-etc': ['etc'],
};

/** The process is gone. */
class Killed extends Error {}

export async function runModel(
  host: ModelHost,
  fault?: Fault,
  request: Request = { domains: [], elsewhere: new Map() },
): Promise<Outcome> {
  const said: Notice[] = [];
  const abort = new AbortController();
  let moments = 0;
  let operation = '';
  let isCut = false;
  const pass = (name: string) => {
    moments += 1;
    if (fault?.moment !== moments) return;
    operation = name;
    isCut = name.startsWith('within');
    happen(fault.kind);
  };
  const happen = (kind: Fault['kind']) => {
    if (kind === 'failing') throw new Error('It failed.');
    if (kind === 'etcd-away') host.isEtcdAway = true;
    if (kind === 'added-here') add(host);
    if (kind === 'added-elsewhere') host.elsewhere.set('a.test', ['h2.test']);
    const lost = lostDisks[kind];
    if (lost && !isCut) die(lost);
  };
  const die = (lost: readonly Disk[]) => {
    if (lost.length > 0) losePower(host, lost);
    abort.abort(new Killed());
    abort.signal.throwIfAborted();
  };
  const perform = (name: string, act: (isCutOff: boolean) => void) => {
    abort.signal.throwIfAborted();
    pass(`before ${name}`);
    pass(`within ${name}`);
    const lost = isCut && fault ? lostDisks[fault.kind] : undefined;
    isCut = false;
    act(lost !== undefined);
    if (lost) die(lost);
    pass(`after ${name}`);
  };
  const needEtcd = () => {
    if (host.isEtcdAway) throw new Error('etcd does not answer.');
  };
  const model: RestoringHost = {
    signal: abort.signal,
    isMember: false,
    report: (notice) => void said.push(notice),
    lookAtHost: async () => hostSeen(host),
    changeHost: async (one) => perform(`host: ${one.act}`, () => changeHost(host, one)),
    lookAtSite: async (site) => siteSeen(host, site),
    changeSite: async (site, one) =>
      perform(`${site.name}: ${one}`, (cut) => changeSite(host, site, one, cut)),
    lookAtUpload: async (domain) => siteSeen(host, { name: domain, app: undefined }),
    placeUpload: async (name) =>
      perform(`upload ${name}`, (cut) => {
        const site = siteOf(host, name.replace('.zip', ''));
        if (cut) site.staged = { of: 'backup', isWhole: false };
        else Object.assign(site, { upload: { of: 'backup', isWhole: true }, staged: undefined });
      }),
    forwardsHere: async () => {
      needEtcd();
      return host.forwards;
    },
    writeForward: async ({ key, value }) =>
      perform(`forward ${key}`, () => {
        needEtcd();
        host.forwards.set(key, value);
      }),
  };
  // Each run unpacks the backup again, and what an earlier one has left under hidden names is deleted.
  for (const site of host.sites.values()) site.staged = undefined;
  const result = await runRestore(request, backup, model).then(
    () => 'done' as const,
    (error: unknown) => (error instanceof Killed ? ('killed' as const) : ('failed' as const)),
  );
  return { result, said, moments, operation };
}

/** As an operator adds one, with data of their own. */
function add(host: ModelHost): void {
  const site = siteOf(host, 'a.test');
  if (site.data ?? site.upload ?? site.enabled) return;
  Object.assign(site, { data: { of: 'operator', isWhole: true }, running: 'static', enabled: 'static' });
}
