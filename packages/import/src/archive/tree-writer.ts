// Creates an archive's entries in a folder that only root can access. It contains no
// symbolic link until everything else has been created, so a path leads where it says.
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { FreeholdError } from '@freehold/core/error';
import type { EntryKind, Rule } from '../apps/app.ts';
import { haveSameRule, type Ownership, ruleFor } from '../ownership.ts';
import type { Budget } from './budget.ts';
import { quotePath } from './entry-path.ts';
import { mayChown, NewFile } from './new-file.ts';

type Names = readonly string[];

export class TreeWriter {
  readonly #root: string;
  readonly #ownership: Ownership;
  readonly #budget: Budget;

  constructor(options: { root: string; ownership: Ownership; budget: Budget }) {
    this.#root = options.root;
    this.#ownership = options.ownership;
    this.#budget = options.budget;
  }

  /** The owner and mode of an entry; the given mode is that in the archive. */
  rule(names: Names, kind: EntryKind, mode = 0): Rule {
    return ruleFor(names, { kind, mode }, this.#ownership);
  }

  /** A folder may appear in an archive twice, or after its content. */
  folder(names: Names, mode: number): void {
    if (names.length === 0) return;
    this.#make(names, (path) => this.#makeFolder(path, this.rule(names, 'folder', mode | 0o700)));
  }

  file(names: Names): NewFile {
    this.#budget.spendFile();
    return this.#make(names, (path) => new NewFile(path));
  }

  /**
   * An existing file is never written to, so nothing gets into a file through its other name.
   *
   * @returns whether its target exists already.
   */
  hardLink(names: Names, target: Names): boolean {
    const [shown, there] = [quotePath(names.join('/')), quotePath(target.join('/'))];
    const known = lstatSync(this.#path(target), { throwIfNoEntry: false });
    if (known === undefined) return false;
    if (!known.isFile()) {
      throw new FreeholdError(`${shown} in it is a hard link to ${there}, which is not an earlier file.`);
    }
    if (!haveSameRule(names, target, this.#ownership)) {
      throw new FreeholdError(`${shown} in it is a hard link to ${there}, which must have another owner.`);
    }
    this.#budget.spendFile();
    this.#make(names, (path) => linkSync(this.#path(target), path));
    return true;
  }

  /** The target of a symbolic link that was created; undefined if there is none. */
  targetOfLink(names: Names): string | undefined {
    const path = this.#path(names);
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? readlinkSync(path, 'utf8') : undefined;
  }

  /** Creates the parent folder of a symbolic link, as long as no link could be in its path. */
  placeForLink(names: Names): void {
    this.#budget.spendFile();
    this.#makeParents(names);
  }

  symbolicLink(names: Names, target: string): void {
    this.#make(names, (path) => {
      symlinkSync(target, path);
      const { owner } = this.rule(names, 'link');
      if (owner && mayChown) lchownSync(path, owner.uid, owner.gid);
    });
  }

  #path(names: Names): string {
    return [this.#root, ...names].join('/');
  }

  #make<T>(names: Names, make: (path: string) => T): T {
    const path = this.#path(names);
    try {
      try {
        return make(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        this.#makeParents(names);
        return make(path);
      }
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, names);
    }
  }

  #makeParents(names: Names): void {
    for (let depth = 1; depth < names.length; depth += 1) {
      const parent = names.slice(0, depth);
      try {
        this.#makeFolder(this.#path(parent), this.rule(parent, 'folder', 0o755));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw code === 'EEXIST' ? belowNoFolder(names) : explain(error as NodeJS.ErrnoException, names);
      }
    }
  }

  #makeFolder(path: string, { owner, mode }: Rule): void {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    mkdirSync(path, 0o700);
    this.#budget.spendFile();
    if (owner && mayChown) chownSync(path, owner.uid, owner.gid);
    chmodSync(path, mode);
  }
}

function belowNoFolder(names: Names): FreeholdError {
  return new FreeholdError(`${quotePath(names.join('/'))} in it lies below an entry that is not a folder.`);
}

function explain(error: NodeJS.ErrnoException, names: Names): Error {
  if (error.code === 'EEXIST') return new FreeholdError(`${quotePath(names.join('/'))} appears twice in it.`);
  if (error.code === 'ENOTDIR') return belowNoFolder(names);
  if (error.code === 'ENAMETOOLONG')
    return new FreeholdError(`${quotePath(names.join('/'))} in it is too long.`);
  return error;
}
