// The processes of a HAProxy that was started with files of some folder: its master and all of its workers.
import { readdir, readFile } from 'node:fs/promises';

/** The proportional set size of all of them, in KiB. */
export async function haproxyMemory(folder: string): Promise<number> {
  const sizes = await ofEach(folder, async (pid) => {
    const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    return Number(memory.match(/^Pss:\s+(\d+)/m)?.[1] ?? 0);
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Processor seconds of all of them. */
export async function haproxyCpuSeconds(folder: string): Promise<number> {
  const seconds = await ofEach(folder, cpuSecondsOf);
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** Processor seconds of a process: fields 14 and 15 of /proc/PID/stat, in hundredths (proc_pid_stat(5)); 0 if it is gone. */
export async function cpuSecondsOf(pid: number | string | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

async function ofEach<T>(folder: string, measure: (pid: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^\S*haproxy\0/.test(words) && words.includes(folder)) found.push(await measure(pid));
  }
  return found;
}
