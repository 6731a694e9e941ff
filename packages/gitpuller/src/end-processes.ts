// git starts other programs: ssh, remote helpers, index-pack. One of them can outlive the git that started
// it, and all can outlive a killed gitpuller. Every process of a run has the folder that it works on in its
// environment, so that it can be found.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The environment variable that marks the processes of a run. */
export const workplaceVariable = 'FREEHOLD_GIT_WORKPLACE';

/** The time for processes to clean up, in milliseconds: a program must exit within a second. */
const graceMs = 300;

/**
 * Ends every process that works on this folder, from this run or a dead one, and waits until they have
 * exited.
 */
export async function endProcessesOf(workplace: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const deadline = Date.now() + graceMs;
    let left = await findProcessesOf(workplace);
    for (const pid of left) send(pid, signal);
    while (left.length > 0 && Date.now() < deadline) {
      await delay(10);
      left = await keepWorking(left, workplace);
    }
    if (left.length === 0) return;
  }
}

/** The ids of the processes that work on this folder. */
export async function findProcessesOf(workplace: string): Promise<number[]> {
  const names = await readdir('/proc');
  return keepWorking(names.filter((name) => /^\d+$/.test(name)).map(Number), workplace);
}

async function keepWorking(pids: readonly number[], workplace: string): Promise<number[]> {
  const wanted = `\0${workplaceVariable}=${workplace}\0`;
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Not accessible to us, or already gone. The environment of a zombie is empty.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return `\0${environment}`.includes(wanted) ? [pid] : [];
    }),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just exited.
  }
}
