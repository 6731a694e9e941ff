// What a host's folder of keys says about the cluster: addresses of the others, and the keys that all hosts share.
import { keysFile } from './certificate-keys.ts';
import { type ClusterHost, clientUrlOf, hostsOf, isIssued, type KeyFiles, peerUrlOf } from './key-files.ts';
import { ensureCopy, ensureText, type KeyOperation } from './key-operations.ts';

/** The host's own member comes first, so that it is used first. */
export function formatSettings({ name, address }: ClusterHost, hosts: readonly ClusterHost[]): string {
  const others = hosts.filter((host) => host.name !== name).map((host) => host.address);
  const etcd = [address, ...others].map(clientUrlOf).join(',');
  return `HOST=${name}\nADDRESS=${address}\nFREEHOLD_ETCD=${etcd}\n`;
}

/** Brings the settings of all hosts up to date, and the keys that they share. */
export function planSettings(files: KeyFiles): KeyOperation[] {
  const hosts = hostsOf(files);
  return hosts.flatMap((host, index) => {
    const { name, address } = host;
    const own = `hosts/${name}`;
    if (!isIssued(files, name)) return [];
    const begins = index === 0 && !files.has(`${own}/initial-cluster`);
    return [
      ...ensureText(files, `${own}/settings`, formatSettings(host, hosts)),
      ...(files.get(keysFile) ? ensureCopy(files, keysFile, `${own}/${keysFile}`) : []),
      ...(begins ? ensureText(files, `${own}/initial-cluster`, `new ${name}=${peerUrlOf(address)}\n`) : []),
    ];
  });
}
