// Failures that the next pull would only repeat, at full cost: the commit itself is at fault, or it needs
// more disk space than is free.
import { FreeholdError } from '@freehold/core/error';
import { findFault } from './explain-failure.ts';

export interface Refusal {
  /** The free disk space that a new attempt needs; undefined if the commit can never be published. */
  readonly neededBytes?: number | undefined;
}

const refusals = Symbol('refusal');

/** An error that states why a commit was refused, permanently or until more space is free. */
export function refuse(message: string, refusal: Refusal = {}): FreeholdError {
  return new FreeholdError(message, { cause: { [refusals]: refusal } });
}

/** The refusal in an error, including git errors that the same commit would cause again. */
export function refusalOf(error: unknown): Refusal | undefined {
  const cause = error instanceof FreeholdError ? error.cause : undefined;
  const refusal = (cause as { [refusals]?: Refusal } | undefined)?.[refusals];
  return refusal ?? (findFault(error)?.kind === 'commit' ? {} : undefined);
}
