import type { Domain } from '@freehold/core/domain';

/** What import has to know of a site app. */
export interface App {
  readonly name: string;
  /** The folder below the domain's that must hold something before the site starts, as its parts. */
  readonly data: readonly [string, string];
  /** What its initial state is, for a sentence, e.g. 'a welcome page'. */
  readonly initial: string;
  /** Fills a new, empty folder that will become the app's data. Owners and modes are seen to after. */
  createInitial(folder: string, domain: Domain): Promise<void>;
}
