import { readFile } from 'node:fs/promises';

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
