// The CAs of a cluster, and the certificates of its hosts and of etcd's users.
import { FreeholdError } from '@freehold/core/error';
import { ensureCertificateKey } from './certificate-keys.ts';
import { planSettings } from './host-settings.ts';
import {
  type ClusterHost,
  checkAddress,
  checkHostName,
  formatHosts,
  hostsOf,
  isIssued,
  type KeyFiles,
} from './key-files.ts';
import {
  type CertificateSpec,
  ensureCopy,
  ensureText,
  type FreshKey,
  foresee,
  type Judge,
  type KeyOperation,
} from './key-operations.ts';

const both = 'serverAuth,clientAuth';

/** Creates what is missing of the CAs and of the users root and operator, or expires soon. */
export function planAuthority(files: KeyFiles, judge: Judge, fresh: FreshKey): KeyOperation[] {
  const cas = ['peers', 'clients', 'hops'].map((name) => `ca/${name}`);
  return [
    ...cas.flatMap((ca): KeyOperation[] => (files.get(`${ca}/ca.pem`) ? [] : [{ do: 'make-ca', ca }])),
    ...['root', 'operator'].flatMap((name) => [
      ...ensureCertificate(files, userCertificate(name), judge),
      ...ensureCopy(files, 'ca/clients/ca.pem', `users/${name}/ca.pem`),
    ]),
    ...ensureCertificateKey(files, fresh),
  ];
}

/**
 * Creates the files for a host, or renews those that expire soon; `renew` renews all.
 *
 * @throws FreeholdError `usage` if the host has another address, or the address another host, or either is invalid.
 */
export function planIssue(
  files: KeyFiles,
  { host, renew = false }: { host: ClusterHost; renew?: boolean },
  judge: Judge,
  fresh: FreshKey,
): KeyOperation[] {
  checkHostName(host.name);
  checkAddress(host.address);
  const members = ensureText(files, 'members', formatHosts(register(files, host)));
  const certificates = certificatesOf(host).flatMap((spec) =>
    ensureCertificate(files, spec, renew ? () => false : judge),
  );
  // For a folder of a version that had none.
  const key = ensureCertificateKey(files, fresh);
  const operations = [...members, ...certificates, ...copiesFor(files, host.name), ...key];
  const after = new Map(foresee(files, operations));
  // Its certificates are there by then.
  if (!isIssued(after, host.name)) after.set(`hosts/${host.name}/client/cert.pem`, '');
  return [...operations, ...planSettings(after)];
}

function register(files: KeyFiles, host: ClusterHost): ClusterHost[] {
  const hosts = hostsOf(files);
  const known = hosts.find(({ name }) => name === host.name);
  if (known && known.address !== host.address) {
    throw new FreeholdError(
      `'${host.name}' has the address ${known.address}. First remove it with scripts/cluster/dismiss.sh, then issue it again.`,
      { code: 'usage' },
    );
  }
  const other = hosts.find(({ name, address }) => address === host.address && name !== host.name);
  if (other) {
    throw new FreeholdError(`${host.address} is already the address of '${other.name}'.`, { code: 'usage' });
  }
  return known ? hosts : [...hosts, host];
}

function userCertificate(name: string): CertificateSpec {
  const own = `users/${name}`;
  return {
    ca: 'ca/clients',
    certificate: `${own}/cert.pem`,
    key: `${own}/key.pem`,
    subject: `/CN=${name}`,
    usage: 'clientAuth',
    names: '',
  };
}

/** Certificates for each role: etcd's members for a member, its users for etcd, etcd for a user, HAProxys for a HAProxy. */
export function certificatesOf({ name, address }: ClusterHost): CertificateSpec[] {
  const own = `hosts/${name}`;
  const names = `DNS:${name},IP:${address}`;
  const subject = `/CN=${name}`;
  return [
    {
      ca: 'ca/peers',
      certificate: `${own}/etcd/peer.pem`,
      key: `${own}/etcd/peer-key.pem`,
      ...{ subject, usage: both, names, address },
    },
    {
      ca: 'ca/clients',
      certificate: `${own}/etcd/server.pem`,
      key: `${own}/etcd/server-key.pem`,
      // Without a common name, which etcd would treat as a user.
      subject: '/O=freehold',
      usage: 'serverAuth',
      names: `DNS:etcd.freehold.internal,DNS:${name},DNS:localhost,IP:127.0.0.1,IP:${address}`,
      address,
    },
    {
      ca: 'ca/clients',
      certificate: `${own}/client/cert.pem`,
      key: `${own}/client/key.pem`,
      ...{ subject, usage: 'clientAuth', names: '' },
    },
    {
      ca: 'ca/hops',
      certificate: `${own}/hop/cert.pem`,
      key: `${own}/hop/key.pem`,
      ...{ subject, usage: both, names, address },
    },
  ];
}

function copiesFor(files: KeyFiles, name: string): KeyOperation[] {
  const own = `hosts/${name}`;
  return [
    ...ensureCopy(files, 'ca/peers/ca.pem', `${own}/etcd/peers-ca.pem`),
    ...ensureCopy(files, 'ca/clients/ca.pem', `${own}/etcd/clients-ca.pem`),
    ...ensureCopy(files, 'ca/clients/ca.pem', `${own}/client/ca.pem`),
    ...ensureCopy(files, 'ca/hops/ca.pem', `${own}/hop/ca.pem`),
  ];
}

function ensureCertificate(files: KeyFiles, spec: CertificateSpec, judge: Judge): KeyOperation[] {
  return judge(files, spec) ? [] : [{ do: 'make-certificate', spec }];
}
