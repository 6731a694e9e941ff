// Runs programs on this machine and in containers on it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this machine to its end, whatever its result. Programs that it leaves in the background are not waited for,
 * even if they keep its output open.
 */
export async function run(
  command: string,
  args: readonly string[],
  input: string | Buffer = '',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  const child = spawn(command, args, { stdio: 'pipe', env });
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('exit', resolve);
  const code = await ended;
  return { code, stdout: await stdout.rest(), stderr: await stderr.rest() };
}

/** Reads a stream; `rest` ends when the stream does, or when all is read that was written before the call. */
function read(stream: Readable): { rest(): Promise<string> } {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  stream.on('close', resolve);
  return {
    async rest() {
      for (let count = -1; count < chunks.length && !stream.closed; ) {
        count = chunks.length;
        await Promise.race([ended, delay(20)]);
      }
      stream.destroy();
      return Buffer.concat(chunks).toString();
    },
  };
}

interface Container {
  readonly id: string;
  /** Its first process, on this machine. */
  readonly pid: number;
  readonly env: NodeJS.ProcessEnv;
}

/** The containers that have been entered, by their names. */
const known = new Map<string, Container>();

/**
 * Runs a program in a container to its end, whatever its result, as `docker exec --interactive` does. Root enters the container's
 * namespaces instead, which takes a tenth of the time: tests run thousands of programs.
 */
export async function runIn(
  container: string,
  args: readonly string[],
  input?: string | Buffer,
): Promise<Outcome> {
  const entered = process.getuid?.() === 0 ? await find(container) : undefined;
  if (!entered) return run('docker', ['exec', '--interactive', container, ...args], input);
  return run('nsenter', ['--all', '--target', String(entered.pid), '--', ...args], input, entered.env);
}

/** The container, if it runs on this machine, as root. It may have been restarted since it was found. */
async function find(name: string): Promise<Container | undefined> {
  const before = known.get(name);
  if (before && isOf(before)) return before;
  known.delete(name);
  const format = '[{{json .Id}}, {{.State.Pid}}, {{json .Config.Env}}, {{json .Config.User}}]';
  const { code, stdout } = await run('docker', ['inspect', '--type', 'container', '--format', format, name]);
  if (code !== 0) return undefined;
  const [id, pid, lines, user]: [string, number, string[], string] = JSON.parse(stdout);
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
  const found = { id, pid, env: { HOME: '/root', ...env } };
  if (user !== '' || !isOf(found)) return undefined;
  known.set(name, found);
  return found;
}

/** Whether the process is the container's: its number may be that of another one since. */
function isOf({ id, pid }: Container): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}
