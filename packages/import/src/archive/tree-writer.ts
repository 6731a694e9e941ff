// Makes what an archive holds, in a folder that only root can look into, and in which there is no
// symbolic link as long as anything else is made: a path leads where it says.
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
import { sayPath } from './entry-path.ts';
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

  /** How an entry is kept; the mode is what the archive says. */
  rule(names: Names, kind: EntryKind, mode = 0): Rule {
    return ruleFor(names, { kind, mode }, this.#ownership);
  }

  /** A folder may be in an archive twice, or come after what is in it. */
  folder(names: Names, mode: number): void {
    if (names.length === 0) return;
    this.#make(names, (path) => this.#makeFolder(path, this.rule(names, 'folder', mode | 0o700)));
  }

  file(names: Names): NewFile {
    this.#budget.spendFile();
    return this.#make(names, (path) => new NewFile(path));
  }

  /**
   * Nothing is ever written to what is there, so nothing gets into a file by its other name.
   *
   * @returns whether its target is there already.
   */
  hardLink(names: Names, target: Names): boolean {
    const [shown, there] = [sayPath(names.join('/')), sayPath(target.join('/'))];
    const known = lstatSync(this.#path(target), { throwIfNoEntry: false });
    if (known === undefined) return false;
    if (!known.isFile()) {
      throw new FreeholdError(`${shown} in it is a hard link to ${there}, which is no file before it.`);
    }
    if (!haveSameRule(names, target, this.#ownership)) {
      throw new FreeholdError(`${shown} in it is a hard link to ${there}, which is kept with another owner.`);
    }
    this.#budget.spendFile();
    this.#make(names, (path) => linkSync(this.#path(target), path));
    return true;
  }

  /** The target of a symbolic link that was made; undefined if there is none. */
  targetOfLink(names: Names): string | undefined {
    const path = this.#path(names);
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? readlinkSync(path, 'utf8') : undefined;
  }

  /** Makes the folder in which a symbolic link will be, as long as there is none that could be in its way. */
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
  return new FreeholdError(`${sayPath(names.join('/'))} in it lies below something that is no folder.`);
}

function explain(error: NodeJS.ErrnoException, names: Names): Error {
  if (error.code === 'EEXIST') return new FreeholdError(`${sayPath(names.join('/'))} is in it twice.`);
  if (error.code === 'ENOTDIR') return belowNoFolder(names);
  if (error.code === 'ENAMETOOLONG')
    return new FreeholdError(`${sayPath(names.join('/'))} in it is too long.`);
  return error;
}
