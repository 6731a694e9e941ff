// Determines how much work the processors had with a test file: a machine that does other work prolongs its seconds, not this.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The unit of times in /proc; the same on all of Linux's architectures: proc_pid_stat(5), sysconf(3). */
const ticksPerSecond = 100;

/** The CPU time of a process and of all its children that have ended, in seconds, from the content of /proc/PID/stat. */
export function cpuSecondsIn(stat: string): number {
  // The name, in brackets, may contain anything. utime is field 14, of which the state is 3; then stime, cutime, cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}

export const cpuSecondsOfThisProcess = (): number => cpuSecondsIn(readFileSync('/proc/self/stat', 'utf8'));

/** Asks Docker; see https://docs.docker.com/reference/api/engine/ */
async function ask<T>(path: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request({ socketPath: '/var/run/docker.sock', path }, (answer) => resolve(text(answer)))
    .on('error', reject)
    .end();
  return JSON.parse(await promise);
}

/** The CPU time of each running container whose name is accepted, in seconds by its id. */
async function cpuSecondsOfContainers(accepts: (name: string) => boolean): Promise<Map<string, number>> {
  const containers = await ask<{ Id: string; Names: string[] }[]>('/containers/json');
  const accepted = containers.filter(({ Names }) => Names.some((name) => accepts(name.slice(1))));
  const times = accepted.map(async ({ Id }) => {
    const stats = await ask<{ cpu_stats: { cpu_usage: { total_usage: number } } }>(
      `/containers/${Id}/stats?stream=false&one-shot=true`,
    );
    return [Id, stats.cpu_stats.cpu_usage.total_usage / 1e9] as const;
  });
  return new Map(await Promise.all(times));
}

/** How much the times have grown since `before`, in sum. That of a container that was restarted began at 0 again. */
export function growth(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  return [...now].reduce((sum, [id, seconds]) => {
    const earlier = before.get(id) ?? 0;
    return sum + (seconds >= earlier ? seconds - earlier : seconds);
  }, 0);
}

/** How often it is looked at; a container's last moments before its removal or restart are not counted. */
const everyMs = 5000;

/**
 * Measures the CPU time of containers from now on, also of those that start and end meanwhile. Returns what ends that and gives
 * the sum, in seconds; 0 without an answer from Docker.
 */
export async function measureContainers(accepts: (name: string) => boolean): Promise<() => Promise<number>> {
  const look = () => cpuSecondsOfContainers(accepts).catch(() => new Map<string, number>());
  let latest = await look();
  let sum = 0;
  let looking: Promise<void> = Promise.resolve();
  const update = () => {
    looking = looking.then(async () => {
      const now = await look();
      sum += growth(latest, now);
      latest = new Map([...latest, ...now]);
    });
    return looking;
  };
  const timer = setInterval(() => void update(), everyMs).unref();
  return async () => {
    clearInterval(timer);
    await update();
    return sum;
  };
}
