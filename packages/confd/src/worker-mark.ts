// Which worker of HAProxy has been given what. A mark in its memory goes with it, so that any reload or start, whoever
// asked for it, is noticed: process ids and start times repeat themselves in a container.
import { randomUUID } from 'node:crypto';
import { sleep } from '@freehold/core/backoff';
import { FreeholdError } from '@freehold/core/error';
import { type Haproxy, linesOf, mostBytes } from './haproxy-socket.ts';

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
/** A master that does not say which worker is the current one is asked so often, which takes 5 s. */
const mostUnknown = 250;

/** `map` is the path by which HAProxy knows hosts.map. All of it rejects soon after the signal aborts. */
export function createWorkerMark(
  haproxy: Pick<Haproxy, 'command' | 'commandWith' | 'currentWorker'>,
  map: string,
  signal?: AbortSignal,
): WorkerMark {
  const question = `get map ${map} ${markName}`;
  let mark = '';

  /** Its master closes its socket for a moment after a reload. */
  const currentWorker = () => haproxy.currentWorker().catch(() => undefined);

  const again = async () => {
    await sleep(againMs, signal);
    signal?.throwIfAborted();
  };

  /**
   * Marks workers until it was the current one. An old worker that took a connection on the way keeps the mark of that
   * try, which is none that counts.
   */
  async function set(): Promise<boolean> {
    mark = '';
    let unknown = 0;
    for (let tries = 1; tries <= mostTries; tries++) {
      const candidate = randomUUID();
      // Another confd may have marked it: of two entries, the first would be shown.
      const commands = [`del map ${map} ${markName}`, `add map ${map} ${markName} ${candidate}`];
      const answer = await haproxy.command([...commands, 'show info']);
      const current = await currentWorker();
      if (current !== undefined && current === pidOf(answer)) {
        mark = candidate;
        return isThere();
      }
      if (current === undefined && ++unknown > mostUnknown) return false;
      await again();
    }
    return false;
  }

  /** Asks until the marked worker or the current one has answered. */
  async function isThere(): Promise<boolean> {
    if (mark === '') return false;
    let unknown = 0;
    for (let tries = 1; tries <= mostTries; tries++) {
      const answer = await haproxy.command([question, 'show info']);
      if (answer.includes(`"${mark}"`)) return true;
      const current = await currentWorker();
      if (current === pidOf(answer) || (current === undefined && ++unknown > mostUnknown)) return false;
      await again();
    }
    return false;
  }

  /** Asks the marked worker: each connection is with one worker, which shows its mark first. */
  async function askMarked(ask: (first: string) => Promise<string>): Promise<string> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const answer = await ask(question);
      if (mark !== '' && answer.includes(`"${mark}"`))
        return answer.replace(/^.*found=yes.*key="WORKER".*$/m, '');
      if (!(await isThere())) break;
      await again();
    }
    throw new FreeholdError('another worker of HAProxy takes the connections');
  }

  return {
    set,
    isThere,
    marked: {
      async command(commands) {
        let answers = '';
        // The mark and the commands are for one connection, thus one line.
        for (const line of linesOf(commands, mostBytes - question.length - 1))
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
