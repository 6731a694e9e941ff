// Symbolic links that wait until all files exist. They are kept on disk, since an archive of nothing but
// links would fill the memory.
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';

export interface Link {
  /** Its path below the tree. */
  readonly path: string;
  readonly target: string;
  /**
   * It is a hard link: its target is the path, below the tree, of an earlier entry that may be a symbolic
   * link.
   */
  readonly hard?: true;
}

const { O_RDWR, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
const pieceBytes = 64 * 1024;

export class LinkList {
  readonly #fd: number;
  #unwritten: string[] = [];
  #size = 0;

  /** The file is unlinked immediately, so that nothing remains whatever happens. */
  constructor(path: string) {
    this.#fd = openSync(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    unlinkSync(path);
  }

  add(link: Link): void {
    this.#unwritten.push(`${JSON.stringify(link)}\n`);
    if (this.#unwritten.length >= 100) this.#write();
  }

  /** All of them, in their order. */
  *all(): Generator<Link> {
    this.#write();
    const piece = Buffer.allocUnsafe(pieceBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; at < this.#size; ) {
      const length = readSync(this.#fd, piece, 0, pieceBytes, at);
      at += length;
      const all = Buffer.concat([rest, piece.subarray(0, length)]);
      const end = all.lastIndexOf('\n') + 1;
      for (const line of all.toString('utf8', 0, end).split('\n')) {
        if (line !== '') yield JSON.parse(line);
      }
      rest = all.subarray(end);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(): void {
    const bytes = Buffer.from(this.#unwritten.join(''));
    this.#unwritten = [];
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
    }
    this.#size += bytes.length;
  }
}
