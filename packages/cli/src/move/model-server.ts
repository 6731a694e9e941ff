// A server of a move as a model, for tests: what it has of one site, and what is left of that after a power loss.
import type { ArrivingSeen } from './arriving.ts';
import { hasStarted, type LeavingSeen } from './leaving.ts';

/** What an etcd holds: the site's records by host, 'up' where there is an address, and its mail forwards. */
export interface ModelEtcd {
  readonly records: Map<string, 'up' | 'known'>;
  readonly routes: Map<string, string>;
}

export interface ModelData {
  /** How often it was written to. */
  readonly version: number;
  /** The id of the move that brought it. */
  readonly mark?: string | undefined;
}

export interface ModelServer {
  readonly name: string;
  readonly etcd: ModelEtcd;
  data?: ModelData | undefined;
  /** Apps. */
  running?: string | undefined;
  enabled?: string | undefined;
  /** The files in /data/moving/DOMAIN; what is no text stands for a folder. */
  readonly notes: Map<string, string>;
  copy?: { readonly data: ModelData; readonly listing?: number | undefined } | undefined;
  /** Drop-ins of the site's units. */
  readonly settings: Set<string>;
  readonly aside: ModelData[];
  /** A timer starts the site again. */
  isRestartDue: boolean;
  /** A drop-in that lasts until the next start of the server holds its announcement back. */
  isHeldBack: boolean;
  stopsAtOnce: boolean;
  /** Undoes what is not on disk yet, the last one first. */
  readonly unsynced: (() => void)[];
}

export function makeServer(name: string, etcd: ModelEtcd): ModelServer {
  return {
    name,
    etcd,
    notes: new Map(),
    settings: new Set(),
    aside: [],
    isRestartDue: false,
    isHeldBack: false,
    stopsAtOnce: false,
    unsynced: [],
  };
}

export function appOf({ running, enabled }: ModelServer): string | undefined {
  return running ?? enabled;
}

export function leavingSeen(server: ModelServer): LeavingSeen {
  const { notes, data, isRestartDue } = server;
  return {
    given: notes.get('given'),
    isArriving: notes.has('app'),
    app: notes.get('leaving') || appOf(server),
    hasData: data !== undefined,
    hasNotes: notes.size > 0,
    isPaused: isRestartDue || notes.has('listing'),
  };
}

export function arrivingSeen(server: ModelServer): ArrivingSeen {
  const { notes, data } = server;
  return {
    isLeaving: notes.has('given'),
    begun: notes.get('app'),
    origin: notes.get('from') ?? '',
    isReady: notes.has('ready'),
    app: appOf(server),
    hasData: data !== undefined,
    isMarked: data?.mark !== undefined && data.mark === notes.get('id'),
    hasDiscarded: notes.has('discarded'),
    hasStrayNotes: notes.size > 0 && !notes.has('leaving') && !notes.has('given'),
    isHeldBack: notes.has('held'),
    wasDumped: false,
  };
}

export function mayNotBeGiven(server: ModelServer): boolean {
  const site = server.running === undefined ? 'inactive' : 'active';
  return hasStarted({ site, hasJob: false, isDue: false, restart: 'inactive' });
}

/** Starts the site, which announces itself unless that is held back. */
export function start(server: ModelServer, app: string | undefined): void {
  if (app === undefined || server.data === undefined)
    throw new Error(`There is no site to start on ${server.name}.`);
  server.running = app;
  if (!(server.isHeldBack && server.notes.has('held'))) server.etcd.records.set(server.name, 'up');
}

export function stop(server: ModelServer): void {
  server.running = undefined;
  if (server.etcd.records.has(server.name)) server.etcd.records.set(server.name, 'known');
}

/** The server loses power and starts again: enabled sites start unless given up, and what was not on disk is as before. */
export function losePower(server: ModelServer): void {
  for (const undo of server.unsynced.splice(0).reverse()) undo();
  Object.assign(server, { isRestartDue: false, isHeldBack: false, stopsAtOnce: false });
  stop(server);
  const isStarted = server.enabled !== undefined && server.data !== undefined && !server.notes.has('given');
  if (isStarted) start(server, server.enabled);
}
