// HAProxy's command line over its Unix sockets (management manual, sections 9.3 and 9.4).
import { connect } from 'node:net';
import { join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';
import { sleep } from '@freehold/core/backoff';
import { reasonOf } from '@freehold/core/error';
import type { Answer } from '@freehold/core/publish';
import { batchesOf } from './command-lines.ts';
import { endOldWorkers } from './old-workers.ts';
import { connectWorker, type WorkerConnection } from './worker-connection.ts';

/** HAProxy as seen through the folder of its sockets. */
export interface Haproxy {
  /** Whether the master process takes connections. */
  isThere(): Promise<boolean>;
  /** Has the master load the files; returns when the new worker serves or has been refused. */
  reload(): Promise<Answer>;
  /** The process id of the worker that takes new connections, as HAProxy knows it; undefined if there is none. */
  currentWorker(): Promise<number | undefined>;
  /** Ends the connections of the oldest workers where there are too many; gives how many workers that were. */
  endOldWorkers(): Promise<number>;
  /** Sends commands to whichever worker takes the connection, and gives its answers as one text. */
  command(commands: readonly string[]): Promise<string>;
  /** Connects to whichever worker takes the connection, and stays with that one. */
  connect(): Promise<WorkerConnection>;
}

/** How long HAProxy may take over an answer: a reload with 5,000 certificates takes about 2 s. */
const answerMs = 60_000;

/** `signal` ends what would wait for a master that is not there. */
export function haproxyAt(folder: string, signal?: AbortSignal): Haproxy {
  const master = join(folder, 'master.sock');
  const admin = join(folder, 'admin.sock');
  return {
    isThere: () => reaches(master, signal),
    async reload() {
      await reaches(master, signal);
      try {
        return readReloadAnswer(await ask(master, 'reload'));
      } catch (error) {
        return { kind: 'absent', reason: reasonOf(error) };
      }
    },
    async currentWorker() {
      // The lines of old workers come after those of the current one.
      const shown = await ask(master, 'show proc;quit');
      const [current = ''] = shown.split('# old workers');
      const pid = Number(current.match(/^(\d+)\s+worker\s/m)?.[1]);
      return Number.isNaN(pid) ? undefined : pid;
    },
    async endOldWorkers() {
      if (!(await reaches(master, signal))) return 0;
      return endOldWorkers((line) => ask(master, line));
    },
    async command(commands) {
      let answers = '';
      for (const batch of batchesOf(commands)) answers += await ask(admin, batch.join(';'));
      return answers;
    },
    connect: () => connectWorker(admin, answerMs),
  };
}

/** `Success=1` or `Success=0`, `--`, then the lines that HAProxy logged while it loaded the files. */
export function readReloadAnswer(text: string): Answer {
  if (text.startsWith('Success=1')) return { kind: 'accepted' };
  if (!text.startsWith('Success=0'))
    return { kind: 'absent', reason: `unexpected answer ${JSON.stringify(text)}` };
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !/^(?:Success=|--$|\[NOTICE\]|\[WARNING\])/.test(line))
    .map((line) => line.replace(/^\[ALERT\]\s*\(\d+\) : (?:config : )?/, '').trim());
  return { kind: 'refused', reason: lines.join(' ') };
}

/** The master closes its socket for a moment when it restarts itself after a reload. */
async function reaches(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  for (let tries = 0; tries < 10 && !signal?.aborted; tries++) {
    if (await takesConnections(path)) return true;
    await sleep(30, signal);
  }
  return false;
}

function takesConnections(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.on('connect', () => socket.destroy());
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(true));
  return promise;
}

function ask(path: string, command: string): Promise<string> {
  return askSocket(path, command, { who: 'HAProxy', withinMs: answerMs });
}
