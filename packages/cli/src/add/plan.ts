// A site that is added: the operations on the host, in order. Each is one change that another run can continue from, or one
// thing that has to be true. What --take removes exists until the site has the data: in its place, in /data/import, from
// where the site's next start imports it, or both.

/** How the data gets to /data/import. With --take, a source on the same disk is renamed, which needs no further space. */
export type Means = 'nothing' | 'address' | 'rename' | 'copy';

export interface AddPlan {
  readonly means: Means;
  /** --take: the source is removed after the import. */
  readonly take: boolean;
  /** The source was sent for this run alone: it is of no use to anybody else. */
  readonly isSent: boolean;
  /** The site's unit runs, and starts with the host. */
  readonly isRunning: boolean;
}

export type AddOperation =
  // To /data/import. A copy has a hidden name until it is complete, so import never finds half of it.
  | 'delete-stale-copies'
  | 'make-folders'
  | 'rename-source'
  | 'require-disk'
  | 'note-source'
  | 'copy-source'
  | 'require-copied-unchanged'
  | 'sync-copy'
  | 'write-address'
  | 'place-copy'
  // The start
  | 'announce'
  | 'await-boot'
  | 'enable'
  | 'cancel-retries'
  | 'restart'
  // After the start
  | 'require-imported'
  | 'require-unchanged'
  | 'remove-source'
  | 'await-served'
  | 'await-certificate'
  // After a start that failed
  | 'print-journal'
  | 'disable'
  | 'stop-needed'
  | 'forget-failures'
  | 'rename-back'
  | 'delete-placed'
  // In the end, however a run ends
  | 'delete-copy';

/** @param isOnDisk whether the source is on the disk of /data/import, so that it can be renamed. */
export function chooseMeans(
  { hasSource, hasAddress, take }: { hasSource: boolean; hasAddress: boolean; take: boolean },
  isOnDisk: boolean,
): Means {
  if (hasAddress) return 'address';
  if (!hasSource) return 'nothing';
  return take && isOnDisk ? 'rename' : 'copy';
}

export function planBring(means: Means): readonly AddOperation[] {
  return ['delete-stale-copies', ...bringing[means]];
}

const bringing: Readonly<Record<Means, readonly AddOperation[]>> = {
  nothing: [],
  address: ['write-address', 'place-copy'],
  rename: ['make-folders', 'rename-source'],
  // Import renames what is on its disk, and so does not write it there.
  copy: ['require-disk', 'note-source', 'copy-source', 'require-copied-unchanged', 'sync-copy', 'place-copy'],
};

/** A site that runs already, and gets no data, is only announced, should it not be. */
export function planStart({ means, isRunning }: AddPlan): readonly AddOperation[] {
  if (isRunning && means === 'nothing') return ['announce'];
  return ['await-boot', 'enable', 'cancel-retries', 'restart'];
}

/** Once the site has started. What somebody has written to meanwhile is not removed. */
export function planEnd({ means, take }: AddPlan): readonly AddOperation[] {
  if (means !== 'copy' || !take) return [];
  return ['require-imported', 'require-unchanged', 'remove-source'];
}

/** Once it has failed to start. A database may be cut off in the middle of a further try, which is no failure of it. */
export const giveUp: readonly AddOperation[] = ['print-journal', 'disable', 'stop-needed', 'forget-failures'];

/**
 * What was not imported would keep the next run from importing something better. Nothing imports it at this time.
 *
 * @param isPlaced whether it still is in /data/import.
 */
export function planUndo({ means, isSent }: AddPlan, isPlaced: boolean): readonly AddOperation[] {
  if (means === 'nothing' || !isPlaced) return [];
  return [means === 'rename' && !isSent ? 'rename-back' : 'delete-placed'];
}
