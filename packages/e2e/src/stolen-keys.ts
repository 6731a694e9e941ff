// The keys of somebody who has compromised a host of a cluster, and how other hosts react to them.
import type { ClusterHost } from './cluster-hosts.ts';

/** Root's certificate and key on that host, if they were stolen too. */
export const stolen = '/root/stolen';

/** Each with the access that it gives at another host. */
const keys = {
  'its client certificate': [
    '/etc/freehold/cluster/cert.pem',
    '/etc/freehold/cluster/key.pem',
    '2379/health',
  ],
  "root's certificate": [`${stolen}/cert.pem`, `${stolen}/key.pem`, '2379/health'],
  'its peer certificate': ['/etc/freehold/etcd/peer.pem', '/etc/freehold/etcd/peer-key.pem', '2380/version'],
  'its hop certificate': ['/data/runtime/haproxy/hop.pem', '/data/runtime/haproxy/hop.pem', '2381/'],
} as const;

/** `taken`, or the error, for each key. `site`: a site of the other host. */
export async function answersToKeys(
  from: ClusterHost,
  other: ClusterHost,
  site: string,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const [what, [certificate, key, at]] of Object.entries(keys)) {
    // The client ignores the server's identity: only the other host's check of the client's certificate
    // matters.
    const options = ['--insecure', '--silent', '--show-error', '--fail', '--max-time', '10', '--http1.1'];
    const shown = ['--cert', certificate, '--key', key, '--header', `Host: ${site}`];
    const url = `https://${other.ip}:${at}`;
    const { code, stderr } = await from.tryExec('curl', ...options, ...shown, '--output', '/dev/null', url);
    answers.set(`${what} at ${other.name}`, code === 0 ? 'taken' : stderr);
  }
  return answers;
}
