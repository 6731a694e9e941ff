// After a reload the old worker lives on, with all of its memory, as long as it has connections. mworker-max-reloads would
// bound the number of these, but HAProxy 3.0 counts refused reloads too, also for the worker that serves: a small number
// would end its requests at the first reload that succeeds. So confd ends the connections of the oldest ones itself.
import type { Log } from '@freehold/core/log';
import { batchesOf } from './command-lines.ts';
import type { Haproxy } from './haproxy-socket.ts';

/**
 * So many old workers may keep their connections. Reloads are 30 s apart, but for the first three; so each worker has 120 s
 * at least, as long as a site may take over an answer (timeout server).
 */
export const mostOldWorkers = 6;

/** The process ids of those that have been old for longest, as `show proc` of the master lists them; newest first. */
export function workersToEnd(processes: string): number[] {
  const [, old = ''] = processes.split('# old workers');
  const workers = [...old.matchAll(/^(\d+)\s+worker\s+(\d+)\s/gm)];
  const sorted = workers.sort(([, , one], [, , other]) => Number(one) - Number(other));
  return sorted.slice(mostOldWorkers).map(([, pid]) => Number(pid));
}

/** The addresses of connections from outside, as `show sess` lists them. */
export function sessionsIn(shown: string): string[] {
  return [...shown.matchAll(/^(0x[0-9a-f]+): proto=tcp/gm)].flatMap(([, address]) => address ?? []);
}

/**
 * Ends all connections of the oldest workers by the master's command line (management manual, section 9.4); gives how many
 * workers that were. Those workers then exit.
 */
export async function endOldWorkers(askMaster: (line: string) => Promise<string>): Promise<number> {
  const workers = workersToEnd(await askMaster('show proc;quit'));
  for (const pid of workers) {
    const sessions = sessionsIn(await askMaster(`@!${pid} show sess;quit`));
    const commands = sessions.map((address) => `@!${pid} shutdown session ${address}`);
    for (const batch of batchesOf(commands)) await askMaster(`${batch.join(';')};quit`);
  }
  return workers.length;
}

/**
 * Makes a function that ends too many old workers in the background: one that hangs may take a minute to answer, and changes
 * of sites do not wait for that. The promise that it returns is for those who end after it; it does not reject.
 */
export function createRetirement({ haproxy, log }: { haproxy: Pick<Haproxy, 'endOldWorkers'>; log: Log }) {
  let underWay: Promise<void> | undefined;

  async function retire(): Promise<void> {
    // What cannot be done now is done after the next reload.
    const ended = await haproxy.endOldWorkers().catch(() => 0);
    if (ended > 0)
      log.notice('HAProxy had too many old workers, and the connections of the oldest were ended.');
    underWay = undefined;
  }

  return (): Promise<void> => {
    underWay ??= retire();
    return underWay;
  };
}
