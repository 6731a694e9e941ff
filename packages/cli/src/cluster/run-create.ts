// A run of 'cluster create', 'add' or 'renew', from a control machine. It touches the servers through `Servers` alone.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import {
  type CreateStep,
  describeStep,
  failureOf,
  joiningOf,
  planCreate,
  type ServerSeen,
  wayIn,
} from './create.ts';
import { checkAddress, checkHostName, initialStateOf, type KeyFiles } from './key-files.ts';
import { admitHost, type Etcd, issueHost, makeAuthority, type Tools } from './run-keys.ts';

export interface Pair {
  readonly server: string;
  /** Its address on the network between the servers. */
  readonly address: string;
}

/** How a run reaches the servers. Each call rejects if it fails, or the server is lost. */
export interface Servers {
  /** The name that the server has as a host, once it is known to be the right one. */
  nameOf(server: string): Promise<string>;
  /** Lets nobody else deploy to the server, or move its sites, until this run ends. */
  hold(server: string): Promise<void>;
  look(server: string, address: string): Promise<{ hasAddress: boolean; isMember: boolean }>;
  /**
   * Whether the etcd of a server that is no member has sites or mail forwards. Undefined if it does not answer, which is
   * a failure unless the server was added already: its etcd may wait for the others.
   */
  hasRecords(server: string, wasAdded: boolean): Promise<boolean | undefined>;
  /** Sends a server its part of the keys, and runs its setup. It runs to its end even if this run is interrupted. */
  bring(server: string, name: string): Promise<void>;
  /** etcd, by way of this member. */
  connect(server: string): Promise<Etcd>;
  /** Prints why something has failed. */
  reportFailure(sentence: string): void;
}

/**
 * Makes the servers members of one cluster, or finishes an earlier run. Resolves with their names.
 *
 * @throws FreeholdError if a server cannot be a member, or is lost.
 */
export async function createCluster(
  pairs: readonly Pair[],
  tools: Tools,
  servers: Servers,
): Promise<string[]> {
  const { seen, etcd } = await lookAtAll(pairs, tools, servers);
  await makeAuthority(tools);
  for (const { name, address } of seen) await issueHost(tools, { host: { name, address } });
  const issued = withInitial(seen, await tools.read());
  const isAnswering = (await etcd?.answers()) ?? false;
  let reached = etcd;
  for (const step of planCreate(issued, isAnswering)) {
    reached = await runStep(step, { tools, servers, etcd: reached });
  }
  return seen.map(({ name }) => name);
}

/** What a run would do, as sentences' ends. It changes nothing. */
export async function predictCreate(
  pairs: readonly Pair[],
  tools: Tools,
  servers: Servers,
): Promise<string[]> {
  const { seen, etcd } = await lookAtAll(pairs, tools, servers);
  const isAnswering = (await etcd?.answers()) ?? false;
  return planCreate(seen, isAnswering).flatMap((step) => describeStep(step) ?? []);
}

/** Nothing is changed before each server is known to be fit: one that is added and cannot start would stop etcd. */
async function lookAtAll(
  pairs: readonly Pair[],
  tools: Tools,
  servers: Servers,
): Promise<{ seen: ServerSeen[]; etcd: Etcd | undefined }> {
  const found: ServerSeen[] = [];
  for (const { server, address } of pairs) {
    const name = await servers.nameOf(server);
    checkHostName(name);
    checkAddress(address);
    await servers.hold(server);
    const { hasAddress, isMember } = await servers.look(server, address);
    if (!hasAddress) {
      throw new FreeholdError(`${server} does not have the address ${address}. Nothing was changed.`);
    }
    found.push({ server, name, address, isMember });
  }
  const seen = withInitial(found, await tools.read());
  const member = wayIn(seen);
  const etcd = member && (await servers.connect(member.server));
  for (const { server, initial } of joiningOf(seen)) {
    const hasRecords = await servers.hasRecords(server, initial !== undefined);
    if (!hasRecords) continue;
    throw new FreeholdError(
      `${server} has sites or mail forwards of its own, which would be lost. Begin the cluster with it, or remove them first and add them again afterwards. Nothing was changed.`,
    );
  }
  return { seen, etcd };
}

function withInitial(servers: readonly ServerSeen[], files: KeyFiles): ServerSeen[] {
  return servers.map((one) => ({ ...one, initial: initialStateOf(files, one.name) }));
}

async function runStep(
  step: CreateStep,
  { tools, servers, etcd }: { tools: Tools; servers: Servers; etcd: Etcd | undefined },
): Promise<Etcd | undefined> {
  const { server, name } = step.who;
  if (step.do === 'connect') return servers.connect(server);
  if (step.do === 'add-member') {
    if (!etcd) throw new Error('There is no etcd to add a host to.');
    if (!step.who.isMember) tools.report(`Adding ${name}`);
    await admitHost(tools, etcd, name);
    return etcd;
  }
  if (step.as === 'first') tools.report(`Adding ${name}`);
  if (step.as === 'waited-for') {
    tools.report(`etcd does not answer. It may be waiting for ${name}, which was added and has not started`);
  }
  try {
    await servers.bring(server, name);
  } catch (error) {
    servers.reportFailure(reasonOf(error));
    throw new FreeholdError(failureOf(step), { cause: error });
  }
  return etcd;
}
