// Which worker of HAProxy has been given what. A mark in its memory goes with it, so that any reload or start, whoever
// asked for it, is noticed: process ids and start times repeat themselves in a container.
import { randomUUID } from 'node:crypto';
import type { Haproxy } from './haproxy-socket.ts';

/** No host name, as these are looked up in lower case. */
const markName = 'WORKER';

export interface WorkerMark {
  /** Marks the worker that runs now. */
  set(): Promise<void>;
  /** Whether the worker that runs now is the one that was marked. Rejects if none answers. */
  isThere(): Promise<boolean>;
}

/** `map` is the path by which HAProxy knows hosts.map. */
export function createWorkerMark(haproxy: Pick<Haproxy, 'command'>, map: string): WorkerMark {
  let mark = '';
  return {
    async set() {
      mark = randomUUID();
      await haproxy.command([`add map ${map} ${markName} ${mark}`]);
    },
    async isThere() {
      return mark !== '' && (await haproxy.command([`get map ${map} ${markName}`])).includes(`"${mark}"`);
    },
  };
}
