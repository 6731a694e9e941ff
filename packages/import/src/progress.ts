// The progress of long work: a bar at a terminal, an occasional line in the journal.
import type { Log } from '@freehold/core/log';
import { SingleBar } from 'cli-progress';
import { describeProgress, type Size, type Total } from './describe-progress.ts';

export interface Progress {
  add(done: Size): void;
  /** The work is over, whatever its result. */
  stop(): void;
}

export interface ProgressOptions {
  /** The path being imported, for messages. */
  readonly what: string;
  readonly total: Total;
  readonly log: Log;
  /** The terminal for the bar; without one, lines go to the log. */
  readonly terminal?: NodeJS.WritableStream | undefined;
  /** Milliseconds since an arbitrary moment. */
  readonly now?: () => number;
}

/** The interval of lines in the journal, in milliseconds; shorter work gets none. */
const everyMs = 5_000;

/** Starts reporting the progress of some work. */
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
      log.info(`Importing ${what}: ${describe()}.`);
    },
    stop: () => undefined,
  };
}

function bar(what: string, total: Total, stream: NodeJS.WritableStream): Display {
  const shown = new SingleBar({ format: '[{bar}] {state}', barsize: 24, stream, hideCursor: true });
  stream.write(`Importing ${what}\n`);
  shown.start(Math.max(total.bytes, 1), 0, { state: '' });
  return {
    update: (bytes, describe) => shown.update(bytes, { state: describe() }),
    stop: () => shown.stop(),
  };
}
