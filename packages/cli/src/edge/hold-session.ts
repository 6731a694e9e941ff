// A session on a server that lasts for as long as the run does.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { FreeholdError } from '@freehold/core/error';
import { type ConnectionOptions, endOf, failureOf, start, stepOf } from './connection.ts';

/** How often a held session says that the run lives. */
const everyMs = 3000;

export interface Held {
  isHeld(): boolean;
  release(): Promise<void>;
}

export interface HoldOptions {
  /** What the message calls the command if it fails. */
  readonly step?: string;
  /** The time in which the command must print 'held'. */
  readonly limitSeconds?: number;
}

/**
 * Starts a command that holds something until its input ends, and resolves once it has printed 'held'. Other lines before
 * that, as of an 'echo' in .bashrc, are dropped.
 *
 * @throws FreeholdError if it ends before that, and why is reported, or if it prints that too late.
 */
export async function holdSession(
  options: ConnectionOptions,
  words: readonly string[],
  { step = stepOf(words), limitSeconds = 60 }: HoldOptions = {},
): Promise<Held> {
  const { server, signal } = options;
  const child = start(options, ['-o', 'ControlMaster=yes'], words, 'pipe');
  const ended = endOf(child);
  child.stdin?.on('error', () => undefined);
  const beat = setInterval(() => child.stdin?.write('\n'), everyMs);
  let isOver = false;
  child.once('exit', () => {
    isOver = true;
    clearInterval(beat);
  });
  const release = async () => {
    clearInterval(beat);
    child.stdin?.end();
    await ended;
  };
  const answer = await findLine(child.stdout as Readable, 'held', limitSeconds * 1000);
  if (answer === 'found') return { isHeld: () => !isOver, release };
  if (answer === 'late') {
    child.kill();
    // Processes that it has started may keep them open.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  }
  await release();
  signal.throwIfAborted();
  if (answer === 'late')
    throw new FreeholdError(`${server}: '${step}' did not answer within ${limitSeconds} s. Run this again.`);
  throw failureOf(server, step, await ended);
}

/** What follows the line is dropped. */
async function findLine(
  stream: Readable,
  wanted: string,
  limitMs: number,
): Promise<'found' | 'ended' | 'late'> {
  const { promise, resolve } = Promise.withResolvers<'found' | 'ended' | 'late'>();
  const timer = setTimeout(() => resolve('late'), limitMs);
  createInterface({ input: stream })
    .on('line', (line) => {
      if (line === wanted) resolve('found');
    })
    .on('close', () => resolve('ended'));
  return promise.finally(() => clearTimeout(timer));
}
