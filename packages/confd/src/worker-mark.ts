// Which worker of HAProxy has been given what. A mark in its memory goes with it, so that any reload or start, whoever
// asked for it, is noticed: process ids and start times repeat themselves in a container.
import { randomUUID } from 'node:crypto';
import { sleep } from '@freehold/core/backoff';
import type { Haproxy } from './haproxy-socket.ts';

/** No host name, as these are looked up in lower case. */
const markName = 'WORKER';

export interface WorkerMark {
  /** Marks the current worker; tells whether it has the mark. */
  set(): Promise<boolean>;
  /** Whether the current worker is the one that was marked. Rejects if none answers. */
  isThere(): Promise<boolean>;
}

/** For a moment after a reload, the old worker may still take connections: it is asked again after so many milliseconds. */
const againMs = 20;
const mostTries = 250;

/** `map` is the path by which HAProxy knows hosts.map. */
export function createWorkerMark(
  haproxy: Pick<Haproxy, 'command' | 'currentWorker'>,
  map: string,
): WorkerMark {
  let mark = '';

  /** Sends a command, again and again until it was the current worker that got it. */
  async function askCurrent(command: string): Promise<string> {
    for (let tries = 1; ; tries++) {
      const answer = await haproxy.command([command, 'show info']);
      if (mark !== '' && answer.includes(`"${mark}"`)) return answer;
      const current = await haproxy.currentWorker();
      if (tries >= mostTries || current === undefined || current === pidOf(answer)) return answer;
      await sleep(againMs);
    }
  }

  return {
    async set() {
      mark = randomUUID();
      await askCurrent(`add map ${map} ${markName} ${mark}`);
      return this.isThere();
    },
    async isThere() {
      return mark !== '' && (await askCurrent(`get map ${map} ${markName}`)).includes(`"${mark}"`);
    },
  };
}

function pidOf(info: string): number {
  return Number(info.match(/^Pid: (\d+)$/m)?.[1]);
}
