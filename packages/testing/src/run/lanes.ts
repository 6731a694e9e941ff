import type { FileResult } from './run-file.ts';
import type { Kind, TestFile } from './test-files.ts';

/** A worker that runs test files one after another. */
export interface Lane {
  /** The kinds of files that it accepts, the preferred one first. */
  readonly takes: readonly Kind[];
  run(file: TestFile): Promise<FileResult>;
}

/**
 * Runs files in parallel lanes: a free lane takes the next file of a kind that it accepts. Files of the kinds
 * `servers` and `cluster` never run beside another of their kind, whichever lane takes them. Passes each
 * result to `done` as soon as it is available.
 */
export async function runInLanes(
  files: readonly TestFile[],
  lanes: readonly Lane[],
  done: (result: FileResult) => void,
): Promise<void> {
  const waiting = [...files];
  const busy = new Set<Kind>();
  let wakeUp = Promise.withResolvers<void>();

  const take = (lane: Lane): TestFile | undefined => {
    for (const kind of lane.takes) {
      const index = waiting.findIndex((file) => file.kind === kind && !busy.has(kind));
      if (index >= 0) return waiting.splice(index, 1)[0];
    }
    return undefined;
  };
  const wanted = (lane: Lane) => waiting.some(({ kind }) => lane.takes.includes(kind));

  const work = async (lane: Lane) => {
    while (wanted(lane)) {
      const file = take(lane);
      if (!file) {
        await wakeUp.promise;
        continue;
      }
      const alone = file.kind === 'servers' || file.kind === 'cluster';
      if (alone) busy.add(file.kind);
      done(await lane.run(file));
      if (alone) busy.delete(file.kind);
      wakeUp.resolve();
      wakeUp = Promise.withResolvers();
    }
  };
  await Promise.all(lanes.map(work));
}
