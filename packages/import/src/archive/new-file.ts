import { closeSync, constants, fchmodSync, fchownSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { Rule } from '../apps/app.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
export const mayChown = process.getuid?.() === 0;

/** A file that this process has just created and that nobody else uses. */
export class NewFile {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
  }

  /** Sets owner, mode and time (seconds), and closes it. */
  finish({ owner, mode }: Rule, mtime: number): void {
    if (owner && mayChown) fchownSync(this.#fd, owner.uid, owner.gid);
    fchmodSync(this.#fd, mode);
    futimesSync(this.#fd, mtime, mtime);
    this.close();
  }

  close(): void {
    closeSync(this.#fd);
  }
}
