// How far long work has come: a bar for a person at a terminal, a line now and then in the journal.
import type { Log } from '@freehold/core/log';
import { SingleBar } from 'cli-progress';
import { describeProgress, type Size, type Total } from './describe-progress.ts';

export interface Progress {
  add(done: Size): void;
  /** The work is over, in whatever way. */
  stop(): void;
}

export interface ProgressOptions {
  /** What comes in, for the sentence. */
  readonly what: string;
  readonly total: Total;
  readonly log: Log;
  /** Where a person looks; the log has the lines otherwise. */
  readonly terminal?: NodeJS.WritableStream | undefined;
  /** Milliseconds, from whenever. */
  readonly now?: () => number;
}

/** How often the journal gets a line, in milliseconds; work that ends sooner gets none. */
const everyMs = 5_000;

/** Begins to tell how far some work is. */
export function startProgress({ what, total, log, terminal, now = Date.now }: ProgressOptions): Progress {
  const begun = now();
  const done = { bytes: 0, files: 0 };
  const show = terminal ? bar(what, total, terminal) : lines(what, log, { begun, now });
  return {
    add({ bytes, files }) {
      done.bytes += bytes;
      done.files += files;
      show.update(done.bytes, () => describeProgress(done, total, now() - begun));
    },
    stop: show.stop,
  };
}

interface Display {
  update(bytes: number, describe: () => string): void;
  stop(): void;
}

function lines(what: string, log: Log, { begun, now }: { begun: number; now: () => number }): Display {
  let last = begun;
  return {
    update(_bytes, describe) {
      if (now() - last < everyMs) return;
      last = now();
      log.info(`Bringing in ${what}: ${describe()}.`);
    },
    stop: () => undefined,
  };
}

function bar(what: string, total: Total, stream: NodeJS.WritableStream): Display {
  const shown = new SingleBar({ format: '[{bar}] {state}', barsize: 24, stream, hideCursor: true });
  stream.write(`Bringing in ${what}\n`);
  shown.start(Math.max(total.bytes, 1), 0, { state: '' });
  return {
    update: (bytes, describe) => shown.update(bytes, { state: describe() }),
    stop: () => shown.stop(),
  };
}
