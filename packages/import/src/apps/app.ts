import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { Layout } from '../layout.ts';
import type { Owner } from '../owners.ts';
import type { Work } from '../work.ts';

/** What import has to know of a site app. */
export interface App {
  /** That of its unit: static@. */
  readonly name: string;
  /** Units that serve this app only, as mysql@ does: started alone, they need its data. */
  readonly servants?: readonly string[];
  /** What must be there before the site starts. */
  readonly needs: Need;
  /** For import's help: a sentence on what `needs` and `initial` do not say. */
  readonly note?: string;
  /** Whether the needed folder holds pages, which may come without the folders around them. */
  readonly servesPages?: true;
  readonly initial: InitialState;
  /** How its files are kept, for each of the domain's folders that is this app's. */
  readonly rules: Readonly<Record<string, RuleOf>>;
  /** Whether a delivered tree has what is needed in another place, from where `arrange` moves it. */
  readonly fits?: (tree: string) => Promise<boolean>;
  /** Moves what has arrived to where it is needed; says whether owners and modes have to be set again. */
  readonly arrange?: (tree: string, layout: Layout, work: Work) => Promise<boolean>;
  /** Looks closer at what was delivered, before anything moves. @throws FreeholdError, without its subject. */
  readonly check?: (tree: string) => Promise<void>;
  /** A folder that others make and that later runs look at: without it, every start of the site runs import. */
  readonly made?: (layout: Layout) => string;
  /** What is to be seen to at every run, once the app's data is there. */
  readonly tend?: (layout: Layout, log: Log, signal: AbortSignal) => Promise<void>;
}

/** A folder that holds something, or a file that does: its path below the domain's folder, as its parts. */
export interface Need {
  readonly kind: 'folder' | 'file';
  readonly path: readonly [string, string];
}

/** What becomes of nothing: a first state, or the sentence that tells the owner what to write, and where. */
export type InitialState = FirstState | { readonly ask: (path: string) => string };

export interface FirstState {
  /** For a sentence, e.g. 'a welcome page'. */
  readonly what: string;
  /** Fills a new, empty folder that becomes the needed one. Owners and modes are seen to after. */
  create(folder: string, domain: Domain): Promise<void>;
}

export type EntryKind = 'folder' | 'file' | 'link';

/** How an entry is kept; without an owner it keeps the one that it has. */
export interface Rule {
  readonly owner?: Owner | undefined;
  readonly mode: number;
}

/** The rule for what `names` lead to below a folder; undefined where there is none. */
export type RuleOf = (names: readonly string[], kind: EntryKind, siteOwner: Owner) => Rule | undefined;
