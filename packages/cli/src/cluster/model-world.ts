// A control machine, some servers and the cluster that they become, as a model for tests.
import type { EtcdMember } from './add-member.ts';

export interface ModelServer {
  readonly name: string;
  readonly address: string;
  /** Keys of the sites in the etcd of its own. */
  records: Set<string>;
  /** What its settings make of its etcd. */
  etcd: 'alone' | 'member';
  /** The files that it was sent, and those that its setup has put in place. */
  handed: Map<string, string>;
  installed: Map<string, string>;
  /** It has started again since its etcd became a member. */
  hasRestarted: boolean;
}

/** What the members' etcds hold together. */
export interface ModelEtcd {
  members: EtcdMember[];
  users: Set<string>;
  /** Permissions, as words of etcdctl. */
  roles: Map<string, Set<string>>;
  isGuarded: boolean;
  records: Set<string>;
}

export type FaultKind =
  | 'control-ends'
  | 'control-lost'
  | 'first-loses-power'
  | 'last-loses-power'
  | 'last-gone'
  | 'site-added';

export interface Fault {
  /** The moments are numbered: one before and one after each operation. */
  readonly moment: number;
  readonly kind: FaultKind;
}

export interface World {
  readonly files: Map<string, string>;
  readonly servers: ModelServer[];
  readonly etcd: ModelEtcd;
  /** Days since the beginning. */
  day: number;
  /** How many keys have been made. */
  made: number;
  /** What was done to the keys, the servers and etcd. */
  changes: string[];
  fault?: Fault | undefined;
  moment: number;
  operation: string;
  isControlGone: boolean;
  readonly away: Set<ModelServer>;
}

/** The control machine is gone: nothing of it keeps running. */
export class ControlGone extends Error {}

export function makeWorld(count: number): World {
  const servers = Array.from({ length: count }, (_, index): ModelServer => {
    const name = `h${index + 1}`;
    return {
      ...{ name, address: `10.0.0.${index + 1}`, etcd: 'alone', hasRestarted: false },
      ...{ records: new Set<string>(), handed: new Map(), installed: new Map() },
    };
  });
  servers[0]?.records.add('/services/static/a.test/h1');
  return {
    ...{ files: new Map(), servers, day: 0, made: 0, changes: [], moment: 0, operation: '' },
    ...{ isControlGone: false, away: new Set() },
    etcd: { members: [], users: new Set(), roles: new Map(), isGuarded: false, records: new Set() },
  };
}

export function serverOf({ servers }: World, name: string): ModelServer {
  const server = servers.find((one) => one.name === name);
  if (!server) throw new Error(`There is no server ${name}.`);
  return server;
}

/** Whether its etcd runs as a started member. */
export function isRunning({ etcd, away }: World, server: ModelServer): boolean {
  if (server.etcd !== 'member' || away.has(server)) return false;
  return etcd.members.some(({ name }) => name === server.name);
}

/** Whether most members run. */
export function hasMajority(world: World): boolean {
  const { members } = world.etcd;
  const running = world.servers.filter((server) => isRunning(world, server));
  return running.length > members.length / 2;
}

/** One moment: nothing, or the fault. `server` is the one that is changed. */
export function pass(world: World, operation: string, server?: ModelServer): void {
  world.moment += 1;
  const { fault } = world;
  if (fault?.moment !== world.moment) return;
  world.operation = operation;
  bringAbout(world, fault.kind, server);
}

function bringAbout(world: World, kind: FaultKind, server: ModelServer | undefined): void {
  const { servers, away } = world;
  const [first, last] = [servers[0], servers.at(-1)];
  switch (kind) {
    case 'control-ends':
      world.isControlGone = true;
      throw new ControlGone();
    case 'control-lost':
      // What it began runs to its end.
      world.isControlGone = true;
      return;
    case 'first-loses-power':
      losePower(first, server);
      return;
    case 'last-loses-power':
      losePower(last, server);
      return;
    case 'last-gone':
      if (last) away.add(last);
      if (last === server) throw new Error(`${last?.name} was lost.`);
      return;
    case 'site-added':
      if (last?.etcd === 'alone') last.records.add(`/services/static/late.test/${last.name}`);
  }
}

function losePower(lost: ModelServer | undefined, server: ModelServer | undefined): void {
  if (lost) lost.hasRestarted = true;
  if (lost && lost === server) throw new Error(`${lost.name} was lost.`);
}

/** A change, with a moment before and one after it. What the control machine does itself ends with it. */
export function change(world: World, what: string, act: () => void, server?: ModelServer): void {
  if (server === undefined && world.isControlGone) throw new ControlGone();
  pass(world, `before ${what}`, server);
  if (server === undefined && world.isControlGone) throw new ControlGone();
  act();
  world.changes.push(what);
  pass(world, `after ${what}`, server);
}
