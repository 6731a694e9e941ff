// The answers and the internal state of a cluster's hosts.
import type { ClusterHost } from './cluster-hosts.ts';
import { run } from './run.ts';

/** The status with which a host answers for a site. */
export async function ask(ip: string, site: string): Promise<string> {
  const args = ['--silent', '--output', '/dev/null', '--max-time', '5', '--write-out', '%{http_code}'];
  return (await run('curl', [...args, '--header', `Host: ${site}`, `http://${ip}/`])).stdout;
}

/** The same, requested on the host itself. */
export async function askInside(host: ClusterHost, site: string): Promise<string> {
  const words = `curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header 'Host: ${site}'`;
  return (await host.tryExec('sh', '-c', `${words} http://127.0.0.1/`)).stdout;
}

/** Whether a host would send a request for a site anywhere. */
export async function addressAt(host: ClusterHost, site: string): Promise<boolean> {
  const socket = '/run/freehold/haproxy/admin.sock';
  const ask = (command: string) => host.shell(`echo '${command}' | socat - UNIX-CONNECT:${socket}`);
  const found = await ask(`get map /data/runtime/haproxy/hosts.map ${site}`);
  const state = await ask(`show servers state ${found.match(/value="([^"]*)"/)?.[1] ?? site}`);
  // Column 7: bit 0 of the admin state is maintenance.
  return state
    .split('\n')
    .some(
      (line) =>
        / [a-z0-9-]+ /.test(line) &&
        !line.startsWith('#') &&
        line.split(' ').length > 18 &&
        (Number(line.split(' ')[6]) & 1) === 0,
    );
}

/** The beginning of a command for the host's shell: etcdctl as the host, at its own member. */
export function etcdctl(host: ClusterHost): string {
  const keys = '/etc/freehold/cluster';
  const tls = `--cacert ${keys}/ca.pem --cert ${keys}/cert.pem --key ${keys}/key.pem`;
  return `ETCDCTL_API=3 etcdctl --endpoints https://${host.ip}:2379 ${tls}`;
}
