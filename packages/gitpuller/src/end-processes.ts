// git starts others: ssh, remote helpers, index-pack. One of them can outlive the git that started it, and all of them a
// gitpuller that is killed. What a run starts carries the folder that it works on in its environment, so that it is found.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The environment variable that marks a run's processes. */
export const workplaceVariable = 'FREEHOLD_GIT_WORKPLACE';

/** How long they have to take away what they had begun, in milliseconds: a program is to be gone within a second. */
const graceMs = 300;

/** Ends every process that works for this folder, in this run or in one that is dead, and waits until they are gone. */
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

/** The ids of the processes that work for this folder. */
export async function findProcessesOf(workplace: string): Promise<number[]> {
  const names = await readdir('/proc');
  return keepWorking(names.filter((name) => /^\d+$/.test(name)).map(Number), workplace);
}

async function keepWorking(pids: readonly number[], workplace: string): Promise<number[]> {
  const wanted = `\0${workplaceVariable}=${workplace}\0`;
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Not ours to look at, or gone meanwhile. Of a process that has ended and is still listed it is empty.
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
    // It has just ended.
  }
}
