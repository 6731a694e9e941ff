import type { Log } from '@freehold/core/log';

/** The objects that all work on a domain needs. */
export interface Work {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The terminal of a person who watches; undefined in the journal. */
  readonly terminal?: NodeJS.WritableStream | undefined;
}
