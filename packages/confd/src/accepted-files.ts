// The files that HAProxy reads when it starts, and what lies there while it is not there.
import type { Log } from '@freehold/core/log';
import { type Answer, type FileSet, publish, readFiles, sameFiles, writeFiles } from '@freehold/core/publish';
import { filesForAbsent } from './absence.ts';
import type { Desired } from './desired.ts';

/** What the worker has been told is written down after so many milliseconds: many changes are one write. */
const behindMs = 800;

export function createAcceptedFiles(options: {
  render: (desired: Desired) => FileSet;
  log: Log;
  unattended: boolean;
}) {
  const { render, log, unattended } = options;
  let accepted: FileSet | undefined;
  let behindSince: number | undefined;
  let absentSince: number | undefined;
  /** As in `Date.now()`, as the start of a worker is. All other times are of the clock that is never set. */
  let writtenAt = 0;

  function note(files: FileSet): void {
    accepted = files;
    behindSince = undefined;
    writtenAt = Date.now();
  }

  return {
    /** The worker has been told something that the files do not say. */
    fallBehind() {
      behindSince ??= performance.now();
    },
    areBehind: () => behindSince !== undefined,
    areDue: () => behindSince !== undefined && performance.now() - behindSince >= behindMs,
    /** In how many milliseconds they are to be written. */
    dueMs: () =>
      behindSince === undefined ? undefined : Math.max(0, behindSince + behindMs - performance.now()),
    /**
     * Since when the files on disk say all that is served, as in `Date.now()`; 0 if they do not. Others write them too,
     * such as `--once`.
     */
    async currentSince(): Promise<number> {
      if (!accepted || behindSince !== undefined) return 0;
      return sameFiles(await readFiles([...accepted.keys()]), accepted) ? writtenAt : 0;
    },
    /** Writes down what is served. */
    async write(served: Desired): Promise<void> {
      const files = render(served);
      await writeFiles(await readFiles([...files.keys()]), files);
      note(files);
    },
    /** Publishes files and has HAProxy load them; what it accepted last comes back where it refuses. */
    async publish(files: FileSet, apply: () => Promise<Answer>): Promise<Answer> {
      const answer = await publish(files, apply, accepted);
      if (answer.kind === 'accepted') note(files);
      return answer;
    },
    /** HAProxy answers. */
    isThere() {
      if (absentSince !== undefined) log.notice('HAProxy answers again.');
      absentSince = undefined;
    },
    /** HAProxy is not there: lays down what it may start on. */
    async await({ served, newest }: { served: Desired | undefined; newest: Desired }): Promise<void> {
      if (served && behindSince !== undefined) accepted = render(served);
      const files = render(newest);
      const onDisk = await readFiles([...files.keys()]);
      accepted ??= onDisk;
      behindSince = undefined;
      if (absentSince === undefined)
        log.notice('HAProxy is not running yet; it loads the files when it starts.');
      absentSince ??= performance.now();
      const absentMs = performance.now() - absentSince;
      const untried = unattended || accepted.size < files.size || filesForAbsent(absentMs) === 'newest';
      const next = untried ? files : accepted;
      await writeFiles(onDisk, next);
      // A worker that started before this may have read other files.
      if (!sameFiles(onDisk, next)) writtenAt = Date.now();
    },
  };
}

export type AcceptedFiles = ReturnType<typeof createAcceptedFiles>;
