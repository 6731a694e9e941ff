// Checks the entries of an archive one by one as they arrive, and has the allowed ones created. The first
// invalid one ends the import.
import { setImmediate as turn } from 'node:timers/promises';
import { FreeholdError } from '@freehold/core/error';
import type { App, Rule } from '../apps/app.ts';
import type { Layout } from '../layout.ts';
import { refuseLink } from '../link-rule.ts';
import type { ArchiveEntry, EntrySink } from './archive-entry.ts';
import type { Budget } from './budget.ts';
import { isClutter } from './clutter.ts';
import { faultOfText, parseEntryPath, quotePath } from './entry-path.ts';
import { LinkList } from './link-list.ts';
import type { NewFile } from './new-file.ts';
import { TreeWriter } from './tree-writer.ts';

/** For types that are not imported. */
const types: Readonly<Record<string, string>> = {
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a pipe',
  SparseFile: 'a sparse file',
};
const odd = 'of a type that is neither file, folder nor link';

/** The year 2242; ext4 has no dates from 2446 on. */
const maxSeconds = 2 ** 33;

export class Unpacker implements EntrySink {
  readonly #domain: string;
  readonly #app: App;
  readonly #budget: Budget;
  readonly #tree: TreeWriter;
  readonly #links: LinkList;
  /** Whether everything is inside one folder with the domain's name; known from the first entry on. */
  #isInFolder: boolean | undefined;
  #file: { made: NewFile; rule: Rule; mtime: number } | undefined;

  constructor(options: { layout: Layout; app: App; root: string; budget: Budget }) {
    const { layout, app, root, budget } = options;
    this.#domain = layout.domain;
    this.#app = app;
    this.#budget = budget;
    this.#tree = new TreeWriter({ root, ownership: layout, budget });
    this.#links = new LinkList(layout.links);
  }

  begin(entry: ArchiveEntry): void {
    const { type, path } = entry;
    const parsed = parseEntryPath(path);
    if (isClutter(parsed)) return;
    const names = this.#place(parsed);
    if (names.length === 0 && type !== 'Directory') {
      throw new FreeholdError(`${quotePath(path)} in it is not a folder.`);
    }
    if (type === 'Directory') this.#tree.folder(names, entry.mode ?? 0);
    else if (type === 'File' || type === 'OldFile') this.#beginFile(names, entry);
    else if (type === 'Link' || type === 'SymbolicLink') this.#addLink(names, entry);
    else
      throw new FreeholdError(`${quotePath(path)} in it is ${types[type] ?? odd}, which cannot be imported.`);
  }

  data(bytes: Buffer): void {
    this.#file?.made.write(bytes);
  }

  end(): void {
    this.#file?.made.finish(this.#file.rule, this.#file.mtime);
    this.#file = undefined;
  }

  /** Creates the links, which come last. Yields now and then. */
  async finish(signal: AbortSignal): Promise<void> {
    let count = 0;
    for (const { path, target, hard } of this.#links.all()) {
      if (hard) this.#linkAgain(path.split('/'), target);
      else this.#tree.symbolicLink(path.split('/'), target);
      count += 1;
      if (count % 1000 === 0) await turn();
      signal.throwIfAborted();
    }
  }

  close(): void {
    this.#file?.made.close();
    this.#links.close();
  }

  #beginFile(names: readonly string[], { size, mode = 0, mtime }: ArchiveEntry): void {
    this.#budget.foresee(size);
    const seconds = (mtime?.getTime() ?? 0) / 1000;
    this.#file = {
      made: this.#tree.file(names),
      rule: this.#tree.rule(names, 'file', mode),
      mtime: seconds >= 0 && seconds <= maxSeconds ? seconds : 0,
    };
  }

  #addLink(names: readonly string[], { type, path, size, linkpath = '' }: ArchiveEntry): void {
    if (size > 0) throw new FreeholdError(`${quotePath(path)} in it is a link with content.`);
    const fault = faultOfText(linkpath);
    if (fault) throw new FreeholdError(`the target of the link ${quotePath(path)} in it ${fault}.`);
    if (type === 'SymbolicLink') this.#addSymbolicLink(names, linkpath);
    else this.#addHardLink(names, linkpath);
  }

  #addHardLink(names: readonly string[], linkpath: string): void {
    const target = this.#place(parseEntryPath(linkpath));
    if (this.#tree.hardLink(names, target)) return;
    // It may be a symbolic link, which is created later.
    this.#tree.placeForLink(names);
    this.#links.add({ path: names.join('/'), target: target.join('/'), hard: true });
  }

  /**
   * Another name of a symbolic link: a separate link, which must stay within the site from its own place too.
   */
  #linkAgain(names: readonly string[], of: string): void {
    const target = this.#tree.targetOfLink(of.split('/'));
    const path = quotePath(names.join('/'));
    if (target === undefined) {
      throw new FreeholdError(
        `${path} in it is a hard link to ${quotePath(of)}, which is not an earlier file.`,
      );
    }
    refuseLink(`${path} in it`, names, target, { atTop: true });
    this.#tree.symbolicLink(names, target);
  }

  #addSymbolicLink(names: readonly string[], target: string): void {
    const path = names.join('/');
    if (path === this.#app.needs.path.join('/')) {
      throw new FreeholdError(
        `${quotePath(path)} in it is a symbolic link instead of a ${this.#app.needs.kind}.`,
      );
    }
    refuseLink(`${quotePath(path)} in it`, names, target, { atTop: true });
    this.#tree.placeForLink(names);
    this.#links.add({ path, target });
  }

  /** Where an entry belongs below the domain's folder. */
  #place(names: string[]): string[] {
    const [top, ...below] = names;
    if (top === undefined) return names;
    const isInside = top === this.#domain;
    this.#isInFolder ??= isInside;
    if (this.#isInFolder === isInside) return isInside ? below : names;
    throw new FreeholdError(
      `some of its content is in a folder ${this.#domain} and some is not, such as ${quotePath(names.join('/'))}.`,
    );
  }
}
