// Which worker of HAProxy has been given what. A mark in its memory goes with it, so that any reload or start, whoever
// asked for it, is noticed: process ids and start times repeat themselves in a container.
import { randomUUID } from 'node:crypto';
import { sleep } from '@freehold/core/backoff';
import { FreeholdError } from '@freehold/core/error';
import { type Haproxy, linesOf } from './haproxy-socket.ts';

/** No host name, as these are looked up in lower case. */
const markName = 'WORKER';

export interface WorkerMark {
  /** Marks the current worker; tells whether it has the mark. */
  set(): Promise<boolean>;
  /** Whether the current worker is the one that was marked. Rejects if none answers. */
  isThere(): Promise<boolean>;
  /** A way to the marked worker: what another one answers does not count, and is an error in the end. */
  readonly marked: WorkerSocket;
}

/** The way to a worker of HAProxy. */
export type WorkerSocket = Pick<Haproxy, 'command' | 'commandWith'>;

/**
 * Until a new worker is ready, the old one may still take connections, for seconds where there are 10,000 sites: it is
 * asked again after so many milliseconds, for two minutes.
 */
const againMs = 20;
const mostTries = 6000;

/** `map` is the path by which HAProxy knows hosts.map. */
export function createWorkerMark(
  haproxy: Pick<Haproxy, 'command' | 'commandWith' | 'currentWorker'>,
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

  async function isThere(): Promise<boolean> {
    return mark !== '' && (await askCurrent(`get map ${map} ${markName}`)).includes(`"${mark}"`);
  }

  /** Asks the marked worker: each connection is with one worker, which shows its mark first. */
  async function askMarked(ask: (first: string) => Promise<string>): Promise<string> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const answer = await ask(`get map ${map} ${markName}`);
      if (mark !== '' && answer.includes(`"${mark}"`))
        return answer.replace(/^.*found=yes.*key="WORKER".*$/m, '');
      if (!(await isThere())) break;
      await sleep(againMs);
    }
    throw new FreeholdError('another worker of HAProxy takes the connections');
  }

  return {
    async set() {
      mark = randomUUID();
      await askCurrent(`add map ${map} ${markName} ${mark}`);
      return isThere();
    },
    isThere,
    marked: {
      async command(commands) {
        let answers = '';
        for (const line of linesOf(commands))
          answers += (await askMarked((first) => haproxy.command([first, line]))).trimStart();
        return answers;
      },
      commandWith: (commands, lines) =>
        askMarked((first) => haproxy.commandWith([first, ...commands], lines)),
    },
  };
}

function pidOf(info: string): number {
  return Number(info.match(/^Pid: (\d+)$/m)?.[1]);
}
