// The throw-away host that all tests here share: a container with systemd, Docker and etcd of its own.
import { type Outcome, runIn } from './run.ts';

/**
 * Its container's name, and the ports on this machine's loopback that lead to its ports 80 and 443. The name
 * of a host from scripts/throwaway-host.sh can be set to run a test file alone on it, without setting it up.
 */
export const hostName = process.env.FREEHOLD_E2E_HOST ?? 'freehold-e2e';
export const httpPort = Number(process.env.FREEHOLD_E2E_HTTP ?? 20080);
export const httpsPort = Number(process.env.FREEHOLD_E2E_HTTPS ?? 20443);

/** Where scripts/throwaway-copy.sh puts the repository in the host. */
export const repository = '/opt/freehold';

/** Runs a program in the host to its end, whatever its result. */
export function tryExec(args: readonly string[], input?: string): Promise<Outcome> {
  return runIn(hostName, args, input);
}

/** Runs a program in the host and returns its output; throws if it fails. */
export function exec(args: readonly string[], input?: string): Promise<string> {
  return execOn(hostName, args, input);
}

/** The same in another throw-away host. */
export async function execOn(host: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await runIn(host, args, input);
  if (code === 0) return stdout.trim();
  throw new Error(`In ${host}, ${args.join(' ').slice(0, 300)} ended with ${code}: ${stderr}${stdout}`);
}

/** Runs a script in the host's shell, with `$1` and so on, and returns its output; throws if it fails. */
export function shell(script: string, ...args: string[]): Promise<string> {
  return exec(['bash', '-euo', 'pipefail', '-c', script, 'bash', ...args]);
}

export function etcdctl(args: readonly string[], input?: string): Promise<string> {
  return exec(['env', 'ETCDCTL_API=3', 'etcdctl', ...args], input);
}

/** The journal of the units since a time as in `Date.now()`. */
export async function journal(units: readonly string[], since: number): Promise<string> {
  const from = `--since=@${Math.floor(since / 1000)}`;
  const args = ['journalctl', '--no-pager', '--quiet', '--output=short-precise', from];
  return (await tryExec([...args, ...units.map((unit) => `--unit=${unit}`)])).stdout;
}
