// A model of a host to which a site is added, for tests: what lies where, and what the operations do to it.
import { FreeholdError } from '@freehold/core/error';
import type { HostSeen } from './checks.ts';
import type { AddOperation } from './plan.ts';
import type { SourceSeen } from './source.ts';

/** Files somewhere. A loss of power damages what is not on disk. */
export interface Data {
  /** Counts the changes by somebody else. */
  version: number;
  isWhole: boolean;
  isOnDisk: boolean;
}

export interface ModelHost {
  source?: Data | undefined;
  /** Under a hidden name in /data/import. */
  hidden?: Data | undefined;
  /** Where import finds it. */
  placed?: Data | undefined;
  /** Folders around it. */
  hasFolders: boolean;
  /** /data/domains/DOMAIN. */
  site?: Data | undefined;
  isRunning: boolean;
  isEnabled: boolean;
  /** The version of the source that was copied. */
  noted?: number | undefined;
  /** Import refuses the data. */
  readonly isBad: boolean;
}

export const newData = (version = 1): Data => ({ version, isWhole: true, isOnDisk: true });

/** The site's unit starts: import first. */
export function startSite(host: ModelHost): void {
  if (host.placed && host.isBad) return;
  if (host.placed) [host.site, host.placed] = [host.placed, undefined];
  host.hasFolders = false;
  // A welcome page.
  host.site ??= newData(0);
  host.isRunning = true;
}

export function losePower(host: ModelHost): void {
  for (const data of [host.source, host.hidden, host.placed, host.site]) {
    if (data && !data.isOnDisk) Object.assign(data, { isWhole: false, isOnDisk: true });
  }
  host.isRunning = false;
  if (host.isEnabled) startSite(host);
}

export function sourceSeen({ source }: ModelHost): SourceSeen {
  return source ? { kind: 'folder', isEmpty: false, hasKey: false, pages: './x' } : { kind: 'missing' };
}

export function hostSeen({ placed, site, isRunning, isEnabled }: ModelHost, addressFile?: string): HostSeen {
  return {
    ...{ hasApp: true, unit: isRunning ? 'active' : 'inactive', isEnabled, used: 1 },
    ...{
      uploads: placed ? ['/data/import/a.test'] : [],
      filled: site ? ['/data/domains/a.test/static'] : [],
    },
    ...{ pagesFolder: 'static/www-content', addressFile, hasAddress: site !== undefined },
    appsWithAddress: ['static-git'],
  };
}

type Act = (host: ModelHost) => void;

const nothing: readonly Act[] = [];

const set =
  (change: Partial<ModelHost>): Act =>
  (host) =>
    void Object.assign(host, change);

/** Changes the data in one place, if there is any. */
const mark =
  (place: 'source' | 'hidden', change: Partial<Data>): Act =>
  (host) =>
    void Object.assign(host[place] ?? {}, change);

type Place = 'source' | 'hidden' | 'placed';

const move =
  (from: Place, to: Place): Act =>
  (host) => {
    need(host[to] === undefined, 'Something is there.');
    Object.assign(host, { [to]: host[from], [from]: undefined });
  };

function need(condition: boolean, what: string): void {
  if (!condition) throw new FreeholdError(what);
}

function requireUnchanged({ source, noted }: ModelHost): void {
  need(source?.version === noted, 'The source changed.');
}

/** What each operation does, in steps between which it may be cut off. */
export const modelActs: Readonly<Record<AddOperation, readonly Act[]>> = {
  'delete-stale-copies': [set({ hidden: undefined })],
  'make-folders': [set({ hasFolders: true })],
  'rename-source': [move('source', 'placed')],
  'require-disk': nothing,
  'note-source': [(host) => set({ noted: host.source?.version })(host)],
  'copy-source': [
    (host) => set({ hidden: { version: host.source?.version ?? -1, isWhole: false, isOnDisk: false } })(host),
    mark('hidden', { isWhole: true }),
  ],
  'require-copied-unchanged': [requireUnchanged],
  'sync-copy': [mark('hidden', { isOnDisk: true })],
  'write-address': [(host) => set({ hidden: newData() })(host)],
  'place-copy': [set({ hasFolders: false }), move('hidden', 'placed')],
  announce: nothing,
  'await-boot': nothing,
  enable: [set({ isEnabled: true })],
  'cancel-retries': nothing,
  restart: [set({ isRunning: false }), startSite],
  'require-imported': [({ placed }) => need(placed === undefined, 'It is still there.')],
  'require-unchanged': [requireUnchanged],
  'remove-source': [mark('source', { isWhole: false }), set({ source: undefined })],
  'await-served': [({ isRunning }) => need(isRunning, 'It is not served.')],
  'await-certificate': nothing,
  'print-journal': nothing,
  disable: [set({ isEnabled: false }), set({ isRunning: false })],
  'stop-needed': nothing,
  'forget-failures': nothing,
  'rename-back': [move('placed', 'source'), set({ hasFolders: false })],
  'delete-placed': [
    move('placed', 'hidden'),
    mark('hidden', { isWhole: false }),
    set({ hidden: undefined, hasFolders: false }),
  ],
  'delete-copy': [set({ hidden: undefined })],
};
