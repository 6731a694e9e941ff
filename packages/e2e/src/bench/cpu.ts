import { readFile } from 'node:fs/promises';
import { shell } from '../host.ts';

/** Processor seconds that this machine has used since its start, of all its programs: Linux counts hundredths. */
async function usedSeconds(): Promise<number> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

export interface Cost {
  /** Processor seconds of the whole machine: nothing else should run. */
  readonly cpu: number;
  /** Seconds by the clock. */
  readonly wall: number;
}

/** What a piece of work costs, from its begin until what it has caused has come to rest (`restMs`, counted as CPU only). */
export async function costOf(work: () => Promise<unknown>, restMs = 3000): Promise<Cost> {
  const [cpu, begun] = [await usedSeconds(), performance.now()];
  await work();
  const wall = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, restMs));
  return { cpu: (await usedSeconds()) - cpu, wall };
}

/** What the machine uses in a time in which nothing is asked of it, in processor seconds a second. */
export async function idleCost(seconds: number): Promise<number> {
  const { cpu } = await costOf(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)), 0);
  return cpu / seconds;
}

/** Processor seconds that the throw-away host has used since its start: what else the machine does is not in them. */
export async function secondsOfHost(): Promise<number> {
  const file = (version: 1 | 2) => `/sys/fs/cgroup/${version === 1 ? 'cpuacct/cpuacct.usage' : 'cpu.stat'}`;
  const found = await shell(
    `cat ${file(1)} 2>/dev/null || sed -n 's/usage_usec \\(.*\\)/\\1000/p' ${file(2)}`,
  );
  return Number(found) / 1e9;
}

/** What a piece of work costs the throw-away host, in processor seconds. */
export async function costOfHost(work: () => Promise<unknown>): Promise<number> {
  const before = await secondsOfHost();
  await work();
  return (await secondsOfHost()) - before;
}
