// Single steps of a cluster's life: its CAs, a host's certificates, a host's admission and removal. They touch the folder
// of the keys and etcd through `Tools` and `Etcd` alone. Each can be run again, and then does what is left.
import { FreeholdError } from '@freehold/core/error';
import { type AccessChange, accessOf, revocationOf } from './access.ts';
import { type EtcdMember, planAddition } from './add-member.ts';
import { planSettings } from './host-settings.ts';
import { planAuthority, planIssue } from './issue.ts';
import {
  type ClusterHost,
  checkKeys,
  hostsOf,
  initialStateOf,
  issuedAddressOf,
  type KeyFiles,
  knownAddressOf,
  peerUrlOf,
} from './key-files.ts';
import type { FreshKey, Judge, KeyOperation } from './key-operations.ts';
import { planKeyRemoval, recordPrefixes, recordsOf } from './removal.ts';

export interface Tools {
  /** The folder of the keys, for messages. */
  readonly folder: string;
  read(): Promise<KeyFiles>;
  /** Works on the folder while no other run does. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  perform(operation: KeyOperation): Promise<void>;
  readonly judge: Judge;
  freshKey(): FreshKey;
  /** Prints a step. */
  report(sentence: string): void;
}

/** The cluster's etcd, as its user root. Each call rejects if etcd does not answer. */
export interface Etcd {
  /** The endpoints, for messages. */
  readonly where: string;
  /** Whether it answers within some seconds: without a majority, changes would wait forever. */
  answers(): Promise<boolean>;
  ensure(change: AccessChange): Promise<void>;
  members(): Promise<EtcdMember[]>;
  addMember(name: string, peerUrl: string): Promise<void>;
  removeMember(id: string): Promise<void>;
  keys(prefix: string): Promise<string[]>;
  deleteKey(key: string): Promise<void>;
}

/** Creates the CAs, and the certificates of etcd's users root and operator. */
export async function makeAuthority(tools: Tools): Promise<void> {
  await tools.alone(async () => {
    await performAll(tools, planAuthority(await tools.read(), tools.judge, tools.freshKey()));
  });
}

/** Creates or renews a host's files; gives the names of the certificates that are new. */
export async function issueHost(
  tools: Tools,
  request: { host: ClusterHost; renew?: boolean },
): Promise<string[]> {
  await requireKeys(tools);
  return tools.alone(async () => {
    const operations = planIssue(await tools.read(), request, tools.judge, tools.freshKey());
    await performAll(tools, operations);
    return operations.flatMap((operation) =>
      operation.do === 'make-certificate' ? [operation.spec.certificate.split('/').at(-1) ?? ''] : [],
    );
  });
}

/** Gives a host its access to etcd, and makes it a member unless it begins the cluster. */
export async function admitHost(tools: Tools, etcd: Etcd, host: string): Promise<void> {
  await requireKeys(tools);
  await tools.alone(() => admitAlone(tools, etcd, host));
}

async function admitAlone(tools: Tools, etcd: Etcd, host: string): Promise<void> {
  const files = await tools.read();
  const address = issuedAddressOf(files, host, tools.folder);
  await requireAnswer(etcd);
  for (const change of accessOf(host)) await etcd.ensure(change);
  tools.report(`${host} can write below /services/, /certificates/ and /acme/, and its own /hosts/${host}.`);
  if (hostsOf(files)[0]?.name === host) return;
  const peerUrl = peerUrlOf(address);
  const hasInitialCluster = initialStateOf(files, host) !== undefined;
  const { initialCluster, isToBeAdded } = planAddition(
    { name: host, peerUrl, hasInitialCluster },
    await etcd.members(),
  );
  // Written first: once the second member is added, etcd answers nothing until that one has started.
  if (initialCluster !== undefined) {
    await tools.perform({ do: 'write', path: `hosts/${host}/initial-cluster`, text: initialCluster });
  }
  if (!isToBeAdded) return tools.report(`${host} is already a member of etcd.`);
  await etcd.addMember(host, peerUrl);
  tools.report(
    `Added ${host} to etcd. Now copy ${tools.folder}/hosts/${host} there, and run setup.sh ${host} --cluster.`,
  );
}

/**
 * Removes a host from etcd's members and users, with its records and its certificates here, and creates a new key for the
 * sites' certificates. Its access goes first, even if a later step fails.
 */
export async function removeHost(tools: Tools, etcd: Etcd, host: string): Promise<void> {
  await requireKeys(tools);
  await tools.alone(() => removeAlone(tools, etcd, host));
}

async function removeAlone(tools: Tools, etcd: Etcd, host: string): Promise<void> {
  // An earlier run may have been interrupted just before its end.
  await performAll(tools, planSettings(await tools.read()));
  const files = await tools.read();
  const address = knownAddressOf(files, host);
  await requireAnswer(etcd);
  for (const change of revocationOf(host)) await etcd.ensure(change);
  const member = (await etcd.members()).find(({ peerUrl }) => peerUrl === peerUrlOf(address));
  if (member) await etcd.removeMember(member.id);
  else tools.report(`${host} is not a member of etcd.`);
  const keys = await Promise.all(recordPrefixes.map((prefix) => etcd.keys(prefix)));
  for (const key of recordsOf(host, keys.flat())) await etcd.deleteKey(key);
  await performAll(tools, planKeyRemoval(files, host, tools.freshKey()));
  tools.report(
    `Removed ${host} from the cluster. On that host, stop etcd, haproxy and its sites. On the others, soon, copy their folders and run setup.sh --cluster again, which gives them a new key for certificates that ${host} does not have.`,
  );
}

/** Before anything is made in a folder that was mistyped. */
async function requireKeys(tools: Tools): Promise<void> {
  checkKeys(await tools.read(), tools.folder);
}

async function performAll(tools: Tools, operations: readonly KeyOperation[]): Promise<void> {
  for (const operation of operations) {
    await tools.perform(operation);
    if (operation.do === 'make-ca') {
      tools.report(`Created the CA for ${operation.ca.slice('ca/'.length)}, valid for ten years`);
    }
    if (operation.do === 'write' && operation.path === 'certificate-keys') {
      tools.report('Created a key for certificates in etcd');
    }
  }
}

async function requireAnswer(etcd: Etcd): Promise<void> {
  if (await etcd.answers()) return;
  throw new FreeholdError(
    `etcd does not answer at ${etcd.where}. If a second member was added and has not started, etcd waits for it. Run setup.sh --cluster there first. Nothing was changed.`,
  );
}
