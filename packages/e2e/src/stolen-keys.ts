// The keys that somebody has who got hold of a host of a cluster, and how other hosts answer to them.
import type { ClusterHost } from './cluster-hosts.ts';

/** Where root's certificate and key are on that host, if they were stolen too. */
export const stolen = '/root/stolen';

/** Each with what it opens at another host. */
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

/** `taken`, or the error, for each key. `site`: what the other host serves. */
export async function answersToKeys(
  from: ClusterHost,
  other: ClusterHost,
  site: string,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const [what, [certificate, key, at]] of Object.entries(keys)) {
    // Whom it asks is nothing to it: that the other host looks at its certificate is what counts.
    const options = ['--insecure', '--silent', '--show-error', '--fail', '--max-time', '10', '--http1.1'];
    const shown = ['--cert', certificate, '--key', key, '--header', `Host: ${site}`];
    const url = `https://${other.ip}:${at}`;
    const { code, stderr } = await from.tryExec('curl', ...options, ...shown, '--output', '/dev/null', url);
    answers.set(`${what} at ${other.name}`, code === 0 ? 'taken' : stderr);
  }
  return answers;
}
