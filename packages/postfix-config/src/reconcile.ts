// Makes Postfix forward as is desired: the files are written if they differ, and Postfix is asked to take them over.
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
  let inForce: { files: FileSet; forwards: Forwards } | undefined;
  let lastGood: FileSet | undefined;
  let last: Answer['kind'] | undefined;
  let lastReason = '';

  return async function reconcile(desired: Desired): Promise<Outcome> {
    const files = renderFiles(desired, folder);
    // A file that somebody has removed or changed is put right, too.
    if (inForce && sameFiles(files, inForce.files) && sameFiles(files, await readFiles([...files.keys()]))) {
      return 'done';
    }
    const answer = await publish(files, () => postfix.reload(), lastGood);
    say(answer);
    if (answer.kind === 'absent') {
      inForce = undefined;
      return 'waiting';
    }
    if (answer.kind === 'refused') return 'refused';
    logChanges(log, inForce?.forwards ?? new Map(), desired.forwards);
    inForce = { files, forwards: desired.forwards };
    lastGood = files;
    return 'done';
  };

  function say(answer: Answer): void {
    const reason = 'reason' in answer ? answer.reason : '';
    if (answer.kind === 'absent' && last !== 'absent')
      log.notice('Postfix is not there; it takes the files over when it starts.');
    if (answer.kind === 'refused' && reason !== lastReason)
      log.error(`Postfix refused its files, the last good ones are in force: ${reason}`);
    if (answer.kind === 'accepted' && last !== undefined && last !== 'accepted')
      log.notice('Postfix has taken the files over.');
    last = answer.kind;
    lastReason = reason;
  }
}
