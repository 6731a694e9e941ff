import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { Layout } from '../layout.ts';
import type { Owner } from '../owners.ts';
import type { Work } from '../work.ts';

/** The properties of a site app that import needs. */
export interface App {
  /** The name of its unit: static@. */
  readonly name: string;
  /** Units that serve only this app, such as mysql@: they need its data when started alone. */
  readonly servants?: readonly string[];
  /** Must exist before the site starts. */
  readonly needs: Need;
  /** A sentence for import's help about anything that `needs` and `initial` do not cover. */
  readonly note?: string;
  /** Whether the needed folder contains pages, which may be uploaded without the folders around them. */
  readonly servesPages?: true;
  readonly initial: InitialState;
  /** The owners and modes of its files, for each of the domain's folders that belongs to this app. */
  readonly rules: Readonly<Record<string, RuleOf>>;
  /** Whether an uploaded tree contains the needed data in another place, from where `arrange` moves it. */
  readonly fits?: (tree: string) => Promise<boolean>;
  /** Moves uploaded data to where it is needed; returns whether owners and modes must be set again. */
  readonly arrange?: (tree: string, layout: Layout, work: Work) => Promise<boolean>;
  /** Checks an upload more closely before anything moves. @throws FreeholdError, without its subject. */
  readonly check?: (tree: string) => Promise<void>;
  /**
   * A folder that others create and that later runs check: without it, every start of the site runs import.
   */
  readonly made?: (layout: Layout) => string;
  /** Corrections at every run, once the app's data exists. */
  readonly correct?: (layout: Layout, log: Log, signal: AbortSignal) => Promise<void>;
}

/** A non-empty folder or file: its path below the domain's folder, as its parts. */
export interface Need {
  readonly kind: 'folder' | 'file';
  readonly path: readonly [string, string];
}

/**
 * What to do without data: create a first state, or show the sentence that asks the owner to write a file.
 */
export type InitialState = FirstState | { readonly ask: (path: string) => string };

export interface FirstState {
  /** For messages, e.g. 'a welcome page'. */
  readonly what: string;
  /** Fills a new, empty folder that becomes the needed one. Owners and modes are set afterwards. */
  create(folder: string, domain: Domain): Promise<void>;
}

export type EntryKind = 'folder' | 'file' | 'link';

/** The owner and mode of an entry; without an owner, the existing one stays. */
export interface Rule {
  readonly owner?: Owner | undefined;
  readonly mode: number;
}

/** The rule for the path `names` below a folder; undefined if there is none. */
export type RuleOf = (names: readonly string[], kind: EntryKind, siteOwner: Owner) => Rule | undefined;
