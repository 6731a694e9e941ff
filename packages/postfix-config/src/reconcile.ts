// Makes Postfix forward as is desired: the files are written if they differ, and Postfix is asked to take them over.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import { type Answer, type FileSet, publish, readFiles, sameFiles } from '@freehold/core/publish';
import type { Forwards } from './forward.ts';
import { logChanges } from './log-changes.ts';
import type { PostfixControl } from './postfix-control.ts';
import { type Desired, renderFiles } from './render.ts';

/**
 * `done`: Postfix has it. `waiting`: it is not there, and takes the files over when it starts; it is to be asked again.
 * `refused`: it did not take the files; the last good ones are on disk and in force.
 */
export type Outcome = 'done' | 'waiting' | 'refused';

export function createReconciler(options: { folder: string; postfix: PostfixControl; log: Log }) {
  const { folder, postfix, log } = options;
  let inForce: { files: FileSet; forwards: Forwards; byHand: string } | undefined;
  let lastGood: FileSet | undefined;
  let last: Answer['kind'] | undefined;
  let lastReason = '';

  return async function reconcile(desired: Desired): Promise<Outcome> {
    const files = renderFiles(desired, folder);
    const byHand = await stateOf(join(folder, 'main.cf.local'));
    if (inForce && inForce.byHand === byHand && (await isInPlace(files, inForce.files))) return 'done';
    const answer = await publish(files, () => postfix.reload(), lastGood);
    say(answer);
    if (answer.kind === 'absent') {
      inForce = undefined;
      return 'waiting';
    }
    if (answer.kind === 'refused') return 'refused';
    logChanges(log, inForce?.forwards ?? new Map(), desired.forwards);
    inForce = { files, forwards: desired.forwards, byHand };
    lastGood = files;
    return 'done';
  };

  function say(answer: Answer): void {
    const reason = answer.kind === 'accepted' ? (answer.but ?? '') : answer.reason;
    if (answer.kind === 'absent' && last !== 'absent')
      log.notice('Postfix is not there; it takes the files over when it starts.');
    if (answer.kind === 'refused' && reason !== lastReason)
      log.error(`Postfix refused its files, the last good ones are in force: ${reason}`);
    if (answer.kind === 'accepted' && reason && reason !== lastReason)
      log.error(
        `Postfix forwards as is desired, but does not take ${reason}; what it had there before is in force.`,
      );
    if (answer.kind === 'accepted' && last !== undefined && last !== 'accepted')
      log.notice('Postfix has taken the files over.');
    last = answer.kind;
    lastReason = reason;
  }
}

/** Nothing is to be done only if the files are on disk, too: one that somebody has removed or changed is put right. */
async function isInPlace(files: FileSet, inForce: FileSet): Promise<boolean> {
  return sameFiles(files, inForce) && sameFiles(files, await readFiles([...files.keys()]));
}

/**
 * Tells a file that Postfix reads from what it was before. By its inode, since it may be for root only, with a password
 * in it; a file that is the same for all that costs a look of Postfix and no reload.
 */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${ctimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}
