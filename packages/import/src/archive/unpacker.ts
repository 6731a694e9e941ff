// Judges the entries of an archive one by one as they come, and has what may come in made. The first
// that may not ends it all.
import { setImmediate as turn } from 'node:timers/promises';
import { FreeholdError } from '@freehold/core/error';
import type { ReadEntry } from 'tar';
import type { App, Rule } from '../apps/app.ts';
import type { Layout } from '../layout.ts';
import { refuseLink } from '../link-rule.ts';
import type { Budget } from './budget.ts';
import { faultOfText, parseEntryPath, sayPath } from './entry-path.ts';
import { LinkList } from './link-list.ts';
import type { NewFile } from './new-file.ts';
import type { EntrySink } from './tar-reader.ts';
import { TreeWriter } from './tree-writer.ts';

/** For types that are not brought in. */
const types: Readonly<Record<string, string>> = {
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a pipe',
  SparseFile: 'a sparse file',
};
const odd = 'of a type that is neither file, folder nor link';

/** The year 2242; from 2446 on ext4 has no dates. */
const maxSeconds = 2 ** 33;

export class Unpacker implements EntrySink {
  readonly #domain: string;
  readonly #app: App;
  readonly #budget: Budget;
  readonly #tree: TreeWriter;
  readonly #links: LinkList;
  /** Whether all is inside one folder with the domain's name; known from the first entry on. */
  #isInFolder: boolean | undefined;
  #file: { made: NewFile; rule: Rule; mtime: number } | undefined;

  constructor(options: { layout: Layout; app: App; root: string; budget: Budget }) {
    const { layout, app, root, budget } = options;
    this.#domain = layout.domain;
    this.#app = app;
    this.#budget = budget;
    this.#tree = new TreeWriter({ root, siteOwner: layout.siteOwner, budget });
    this.#links = new LinkList(layout.links);
  }

  begin(entry: ReadEntry): void {
    const { type, path } = entry;
    const names = this.#place(parseEntryPath(path));
    if (names.length === 0 && type !== 'Directory') {
      throw new FreeholdError(`${sayPath(path)} in it is not a folder.`);
    }
    if (type === 'Directory') this.#tree.folder(names, entry.mode ?? 0);
    else if (type === 'File' || type === 'OldFile') this.#beginFile(names, entry);
    else if (type === 'Link' || type === 'SymbolicLink') this.#addLink(names, entry);
    else throw new FreeholdError(`${sayPath(path)} in it is ${types[type] ?? odd}, which is not brought in.`);
  }

  data(bytes: Buffer): void {
    this.#file?.made.write(bytes);
  }

  end(): void {
    this.#file?.made.finish(this.#file.rule, this.#file.mtime);
    this.#file = undefined;
  }

  /** Makes the links, which come last. Gives the others their turn now and then. */
  async finish(signal: AbortSignal): Promise<void> {
    let count = 0;
    for (const { path, target } of this.#links.all()) {
      this.#tree.symbolicLink(path.split('/'), target);
      count += 1;
      if (count % 1000 === 0) await turn();
      signal.throwIfAborted();
    }
  }

  close(): void {
    this.#file?.made.close();
    this.#links.close();
  }

  #beginFile(names: readonly string[], { size, mode = 0, mtime }: ReadEntry): void {
    this.#budget.foresee(size);
    const seconds = (mtime?.getTime() ?? 0) / 1000;
    this.#file = {
      made: this.#tree.file(names),
      rule: this.#tree.rule(names, 'file', mode),
      mtime: seconds >= 0 && seconds <= maxSeconds ? seconds : 0,
    };
  }

  #addLink(names: readonly string[], { type, path, size, linkpath = '' }: ReadEntry): void {
    if (size > 0) throw new FreeholdError(`${sayPath(path)} in it is a link with content.`);
    const fault = faultOfText(linkpath);
    if (fault) throw new FreeholdError(`the target of the link ${sayPath(path)} in it ${fault}.`);
    if (type === 'Link') this.#tree.hardLink(names, this.#place(parseEntryPath(linkpath)));
    else this.#addSymbolicLink(names, linkpath);
  }

  #addSymbolicLink(names: readonly string[], target: string): void {
    const path = names.join('/');
    if (path === this.#app.needs.path.join('/')) {
      throw new FreeholdError(
        `${sayPath(path)} in it is a symbolic link, and not a ${this.#app.needs.kind}.`,
      );
    }
    refuseLink(`${sayPath(path)} in it`, names, target);
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
      `some of it is in a folder ${this.#domain} and some is not, such as ${sayPath(names.join('/'))}.`,
    );
  }
}
