// Identifies the worker of HAProxy that has received the current state. A mark in its memory disappears with it, so that any reload or start, regardless of who
// asked for it, is noticed: process ids and start times repeat themselves in a container.
import { randomUUID } from 'node:crypto';
import { sleep } from '@freehold/core/backoff';
import { FreeholdError } from '@freehold/core/error';
import type { Haproxy } from './haproxy-socket.ts';
import type { Ask, WorkerConnection } from './worker-connection.ts';

/** No host name, as these are looked up in lower case. */
const markName = 'WORKER';

export interface WorkerMark extends MarkedWorker {
  /** Marks the current worker; tells whether it has the mark. */
  set(): Promise<boolean>;
  /** Whether the current worker is the one that was marked. Rejects if none answers. */
  isThere(): Promise<boolean>;
}

/** The way to the worker that was marked. */
export interface MarkedWorker {
  /**
   * Does some work by commands that reach the marked worker and no other: one connection, on which the worker has shown
   * its mark first. Rejects before any command is sent if another worker has taken its place.
   */
  tell<T>(work: (ask: Ask) => Promise<T>): Promise<T>;
}

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
  haproxy: Pick<Haproxy, 'command' | 'connect' | 'currentWorker'>,
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

  const isMarked = (answer: string) => mark !== '' && answer.includes(`"${mark}"`);

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
      if (isMarked(answer)) return true;
      const current = await currentWorker();
      if (current === pidOf(answer) || (current === undefined && ++unknown > mostUnknown)) return false;
      await again();
    }
    return false;
  }

  async function connectMarked(): Promise<WorkerConnection> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const connection = await haproxy.connect();
      const [answer = ''] = await connection.ask([question]).catch(() => []);
      if (isMarked(answer)) return connection;
      connection.close();
      if (!(await isThere())) break;
      await again();
    }
    throw new FreeholdError('another HAProxy worker accepts the connections');
  }

  return {
    set,
    isThere,
    async tell(work) {
      const connection = await connectMarked();
      try {
        return await work(connection.ask);
      } finally {
        connection.close();
      }
    },
  };
}

function pidOf(info: string): number {
  return Number(info.match(/^Pid: (\d+)$/m)?.[1]);
}
