import type { Log } from '@freehold/core/log';

/** What all work on a domain goes on with. */
export interface Work {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Where a person watches; undefined in the journal. */
  readonly terminal?: NodeJS.WritableStream | undefined;
}
