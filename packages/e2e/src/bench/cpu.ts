import { readFile } from 'node:fs/promises';
import { shell } from '../host.ts';

/** Processor seconds that all programs of this machine have used since its start: Linux counts hundredths. */
async function usedSeconds(): Promise<number> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

export interface Cost {
  /** Processor seconds of the whole machine: nothing else should run. */
  readonly cpu: number;
  /** Wall-clock seconds. */
  readonly wall: number;
}

/**
 * The cost of a piece of work, from its start until its effects have ended (`restMs`, counted only as CPU).
 */
export async function costOf(work: () => Promise<unknown>, restMs = 3000): Promise<Cost> {
  const [cpu, begun] = [await usedSeconds(), performance.now()];
  await work();
  const wall = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, restMs));
  return { cpu: (await usedSeconds()) - cpu, wall };
}

/** The idle CPU use of the machine, in processor seconds per second. */
export async function idleCost(seconds: number): Promise<number> {
  const { cpu } = await costOf(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)), 0);
  return cpu / seconds;
}

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
