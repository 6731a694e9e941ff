// The throw-away host that all tests here share: a container with systemd, Docker and etcd of its own.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Its container's name, and the ports on this machine's loopback that lead to its ports 80 and 443. The name
 * of a host from scripts/throwaway-host.sh can be set to run a test file alone on it, without setting it up.
 */
export const hostName = process.env.FREEHOLD_E2E_HOST ?? 'freehold-e2e';
export const httpPort = Number(process.env.FREEHOLD_E2E_HTTP ?? 20080);
export const httpsPort = Number(process.env.FREEHOLD_E2E_HTTPS ?? 20443);

/** Where scripts/throwaway-copy.sh puts the repository in the host. */
export const repository = '/opt/freehold';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this machine to its end, whatever its result. */
export async function run(
  command: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<Outcome> {
  const child = spawn(command, args, { stdio: 'pipe' });
  child.stdin.on('error', () => undefined).end(input);
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', resolve);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Runs a program in the host to its end, whatever its result. */
export function tryExec(args: readonly string[], input?: string): Promise<Outcome> {
  return run('docker', ['exec', '--interactive', hostName, ...args], input);
}

/** Runs a program in the host and returns its output; throws if it fails. */
export function exec(args: readonly string[], input?: string): Promise<string> {
  return execOn(hostName, args, input);
}

/** The same in another throw-away host. */
export async function execOn(host: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run('docker', ['exec', '--interactive', host, ...args], input);
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
