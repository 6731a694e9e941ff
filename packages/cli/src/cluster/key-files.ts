// The folder of a cluster's keys, on the control machine:
//
//   members                     a line for each host: its name and its private address
//   ca/{peers,clients,hops}/    three CAs: for etcd's members, for users of etcd, and for the hosts' HAProxys. None of them
//                               is valid for the others' purpose
//   users/{root,operator}/      ca.pem cert.pem key.pem: everything in etcd; mail forwards
//   certificate-keys            the keys with which members encrypt the sites' certificates in etcd
//   hosts/HOST/                 the files for that host, for setup.sh --cluster
import { isIPv4, isIPv6 } from 'node:net';
import { FreeholdError } from '@freehold/core/error';

/** The text of each file, by its path in the folder. */
export type KeyFiles = ReadonlyMap<string, string>;

export interface ClusterHost {
  readonly name: string;
  /** Where the other hosts reach it. */
  readonly address: string;
}

const peerPort = 2380;
const clientPort = 2379;

/** Where a host's etcd is reached by the other members. */
export const peerUrlOf = (address: string): string => `https://${address}:${peerPort}`;

/** Where a host's etcd is reached by its users. */
export const clientUrlOf = (address: string): string => `https://${address}:${clientPort}`;

/** The hosts of the file `members`; the first one begins the cluster. */
export function hostsOf(files: KeyFiles): ClusterHost[] {
  const lines = (files.get('members') ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([name, address]) => (name && address ? [{ name, address }] : []));
}

export function formatHosts(hosts: readonly ClusterHost[]): string {
  return hosts.map(({ name, address }) => `${name} ${address}\n`).join('');
}

export function addressOf(files: KeyFiles, host: string): string | undefined {
  return hostsOf(files).find(({ name }) => name === host)?.address;
}

/** The address of a host that has certificates. */
export function issuedAddressOf(files: KeyFiles, host: string, folder: string): string {
  const address = addressOf(files, host);
  if (address !== undefined) return address;
  throw new FreeholdError(
    `'${host}' has no certificates yet. Run: scripts/cluster/issue.sh ${folder} ${host} ADDRESS`,
    { code: 'usage' },
  );
}

/**
 * The address of a host of the cluster.
 *
 * @throws FreeholdError `usage` if it is none.
 */
export function knownAddressOf(files: KeyFiles, host: string): string {
  const address = addressOf(files, host);
  if (address !== undefined) return address;
  const names = hostsOf(files).map(({ name }) => name);
  throw new FreeholdError(`'${host}' is not a host of this cluster: ${names.join(' ')}.`, { code: 'usage' });
}

/** All members' etcds, as etcdctl takes them. */
export function endpointsOf(files: KeyFiles): string {
  return hostsOf(files)
    .map(({ address }) => clientUrlOf(address))
    .join(',');
}

/** Whether there are files for the host. */
export function isIssued(files: KeyFiles, host: string): boolean {
  return [...files.keys()].some((path) => path.startsWith(`hosts/${host}/`));
}

/** How the host's etcd becomes a member: it begins the cluster, or joins one; undefined if it may do neither yet. */
export function initialStateOf(files: KeyFiles, host: string): 'new' | 'existing' | undefined {
  const text = files.get(`hosts/${host}/initial-cluster`);
  if (text === undefined) return undefined;
  return text.startsWith('existing ') ? 'existing' : 'new';
}

/** @throws FreeholdError `usage` for a folder without the CAs. */
export function checkKeys(files: KeyFiles, folder: string): void {
  if (files.get('ca/clients/ca.pem')) return;
  throw new FreeholdError(
    `'${folder}' contains no CA. To create one: scripts/cluster/make-authority.sh ${folder}`,
    { code: 'usage' },
  );
}

const hostName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Names of hosts become users of etcd, besides the two that each cluster has.
 *
 * @throws FreeholdError `usage`
 */
export function checkHostName(name: string): void {
  if (name.length > 64 || !hostName.test(name)) {
    throw new FreeholdError(
      `'${name}' cannot be a host of a cluster: a name may have up to 64 lower-case letters, digits, hyphens and dots.`,
      { code: 'usage' },
    );
  }
  if (name !== 'root' && name !== 'operator') return;
  throw new FreeholdError(`'${name}' is a user of etcd, so no host can have that name.`, { code: 'usage' });
}

/** @throws FreeholdError `usage` */
export function checkAddress(address: string): void {
  if (isIPv4(address)) return;
  throw new FreeholdError(
    isIPv6(address)
      ? `'${address}' is an IPv6 address, but only IPv4 is supported between hosts.`
      : `'${address}' is not an IP address.`,
    { code: 'usage' },
  );
}
