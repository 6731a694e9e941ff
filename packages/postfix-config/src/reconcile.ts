// Applies the desired state to Postfix: the files are written if they differ, and Postfix is asked to load
// them.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import { type Answer, type FileSet, publish, readFiles, sameFiles } from '@freehold/core/publish';
import type { Forwards } from './forward.ts';
import { logChanges } from './log-changes.ts';
import type { PostfixControl } from './postfix-control.ts';
import { type Desired, renderFiles } from './render.ts';

/**
 * `done`: Postfix has loaded the files. `waiting`: it is not running and loads them when it starts; it must
 * be asked again. `refused`: it refused the files; the last valid ones are on disk and in use.
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
      log.notice('Postfix is not running; it loads the files when it starts.');
    if (answer.kind === 'refused' && reason !== lastReason)
      log.error(`Postfix refused its files, and the last valid ones stay in use: ${reason}`);
    if (answer.kind === 'accepted' && reason && reason !== lastReason)
      log.error(`Postfix has loaded the forwards, but refused ${reason}; its previous settings stay in use.`);
    if (answer.kind === 'accepted' && last !== undefined && last !== 'accepted')
      log.notice('Postfix has loaded the files.');
    last = answer.kind;
    lastReason = reason;
  }
}

/** There is nothing to do only if the files are also on disk: a removed or changed file is restored. */
async function isInPlace(files: FileSet, inForce: FileSet): Promise<boolean> {
  return sameFiles(files, inForce) && sameFiles(files, await readFiles([...files.keys()]));
}

/**
 * Detects changes of a file that Postfix reads. It compares the inode, since the file may be readable only
 * for root, with a password in it. An unchanged file with another inode costs one check by Postfix and no
 * reload.
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
