// What is wrong for a while is logged when it begins, and not at each run.
import type { Log } from '@freehold/core/log';
import * as v from 'valibot';
import { isSameReason } from './same-reason.ts';
import { readState, writeState } from './state.ts';

export interface Reports {
  /** Logs a sentence, unless it was the last one about the subject. */
  warn(subject: string, sentence: string): Promise<void>;
  /** Nothing is wrong with it any more. */
  settle(subject: string): Promise<void>;
}

/** @param path a file with the last sentence about each subject. */
export async function openReports(path: string, log: Log): Promise<Reports> {
  const said = new Map(Object.entries((await readState(path, v.record(v.string(), v.string()))) ?? {}));
  const write = () => writeState(path, Object.fromEntries(said));
  return {
    async warn(subject, sentence) {
      if (isSameReason(said.get(subject), sentence)) return;
      log.warning(sentence);
      said.set(subject, sentence);
      await write();
    },
    async settle(subject) {
      if (said.delete(subject)) await write();
    },
  };
}
