import { setTimeout as delay } from 'node:timers/promises';
import { shell } from '../host.ts';

export interface Cost {
  /** Processor seconds of the throw-away host. */
  readonly cpu: number;
  /** Wall-clock seconds. */
  readonly wall: number;
}

/** The time after a piece of work in which its effects end, in milliseconds; counted only as CPU. */
const restMs = 3000;

/**
 * Processor seconds that the throw-away host has used since its start, without those of other programs on the
 * machine.
 */
export async function secondsOfHost(): Promise<number> {
  const file = (version: 1 | 2) => `/sys/fs/cgroup/${version === 1 ? 'cpuacct/cpuacct.usage' : 'cpu.stat'}`;
  const found = await shell(
    `cat ${file(1)} 2>/dev/null || sed -n 's/usage_usec \\(.*\\)/\\1000/p' ${file(2)}`,
  );
  return Number(found) / 1e9;
}

/** The cost of a piece of work on the throw-away host, in processor seconds. */
export async function costOfHost(work: () => Promise<unknown>): Promise<number> {
  const before = await secondsOfHost();
  await work();
  return (await secondsOfHost()) - before;
}

/** The same, with the time that it takes; what it has caused counts until it has come to rest. */
export async function costOnHost(work: () => Promise<unknown>): Promise<Cost> {
  let wall = 0;
  const cpu = await costOfHost(async () => {
    const begun = performance.now();
    await work();
    wall = (performance.now() - begun) / 1000;
    await delay(restMs);
  });
  return { cpu, wall };
}

/** `27.1 CPU-s, 27.9 s` */
export function formatCost({ cpu, wall }: Cost): string {
  return `${cpu.toFixed(1)} CPU-s, ${wall.toFixed(1)} s`;
}

/** `1.50 CPU, 1.50 time` */
export function formatRatio(one: Cost, other: Cost): string {
  return `${(one.cpu / other.cpu).toFixed(2)} CPU, ${(one.wall / other.wall).toFixed(2)} time`;
}
