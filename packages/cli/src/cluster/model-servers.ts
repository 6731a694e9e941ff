// How a run reaches the servers of the model, and what their setup does with the keys, for tests.
import { peerUrlOf } from './key-files.ts';
import { etcdOf } from './model-keys.ts';
import {
  ControlGone,
  change,
  hasMajority,
  isRunning,
  type ModelServer,
  serverOf,
  type World,
} from './model-world.ts';
import type { Servers } from './run-create.ts';

export function serversOf(world: World, said: string[]): Servers {
  const reach = (name: string) => {
    const server = serverOf(world, name);
    if (world.isControlGone) throw new ControlGone();
    if (world.away.has(server)) throw new Error(`${name} was not reached.`);
    return server;
  };
  return {
    nameOf: async (name) => reach(name).name,
    hold: async (name) => void reach(name),
    look: async (name, address) => {
      const server = reach(name);
      return { hasAddress: server.address === address, isMember: saysMember(world, server) };
    },
    hasRecords: async (name, wasAdded) => hasRecords(world, reach(name), wasAdded),
    bring: async (name) => {
      const server = reach(name);
      bring(world, server);
      if (world.isControlGone) throw new ControlGone();
    },
    connect: async (name) => {
      reach(name);
      return etcdOf(world);
    },
    reportFailure: (sentence) => void said.push(sentence),
  };
}

/** An etcd that has started again without a majority does not even say that it is a member. */
function saysMember(world: World, server: ModelServer): boolean {
  return isRunning(world, server) && (!server.hasRestarted || hasMajority(world));
}

function hasRecords(world: World, server: ModelServer, wasAdded: boolean): boolean | undefined {
  if (server.etcd === 'alone') return server.records.size > 0;
  if (wasAdded) return undefined;
  if (!hasMajority(world)) throw new Error(`etcd of ${server.name} does not answer.`);
  return world.etcd.records.size > 0;
}

/** It is sent its keys; then its setup runs to its end, even without the control machine. */
function bring(world: World, server: ModelServer): void {
  const { name } = server;
  const own = `hosts/${name}/`;
  const sent = [...world.files].filter(([path]) => path.startsWith(own));
  change(world, `send ${name}`, () => {
    server.handed = new Map(sent.map(([path, text]) => [path.slice(own.length), text]));
  });
  const initial = server.handed.get('initial-cluster');
  if (initial === undefined) throw new Error(`${name} is not a member yet.`);
  const install = () => {
    server.installed = new Map(server.handed);
  };
  change(world, `install keys of ${name}`, install, server);
  if (server.etcd === 'alone') becomeMember(world, server, initial.startsWith('new '));
  startMember(world, server);
  if (!hasMajority(world)) throw new Error('etcd does not answer after 60 s.');
}

/** Like leave_single_life of scripts/setup/etcd.sh. */
function becomeMember(world: World, server: ModelServer, isNew: boolean): void {
  const { name, records, address } = server;
  const act = () => {
    if (!isNew && records.size > 0) throw new Error('This host has sites of its own. Nothing was changed.');
    if (isNew) {
      world.etcd.members = [{ id: `id-${name}`, name, peerUrl: peerUrlOf(address) }];
      world.etcd.records = new Set(records);
    }
    server.etcd = 'member';
  };
  change(world, `${name} becomes a member`, act, server);
}

/** It starts as a member, if the others know it. */
function startMember({ etcd }: World, { name, address }: ModelServer): void {
  etcd.members = etcd.members.map((member) =>
    member.peerUrl === peerUrlOf(address) ? { ...member, name } : member,
  );
}
