import { FreeholdError } from '@freehold/core/error';
import type { ArchiveLimits } from '../settings.ts';

/** From where on what comes out is compared with what went in: small archives may pack well. */
const ratioFromBytes = 100e6;

/** Counts what comes out of an archive. */
export class Budget {
  readonly #limits: ArchiveLimits;
  #bytes = 0;
  #files = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  get files(): number {
    return this.#files;
  }

  /**
   * Takes unpacked bytes into account.
   *
   * @param consumed bytes of the archive that they came from, all in all.
   * @throws FreeholdError naming the limit that is passed, and its setting.
   */
  spendBytes(bytes: number, consumed: number): void {
    const { maxRatio } = this.#limits;
    this.#bytes += bytes;
    this.foresee(0);
    if (this.#bytes > ratioFromBytes && this.#bytes > consumed * maxRatio) {
      throw new FreeholdError(
        `its first ${consumed} bytes unpack to ${this.#bytes}, more than ${maxRatio} times as many, ` +
          'as if it were made to fill the disk. If it may, raise FREEHOLD_IMPORT_MAX_RATIO.',
      );
    }
  }

  /** Whether so many bytes more may come, without taking them into account. */
  foresee(bytes: number): void {
    const { maxBytes } = this.#limits;
    if (this.#bytes + bytes <= maxBytes) return;
    throw new FreeholdError(
      `it unpacks to more than ${maxBytes / 1e9} GB. If it may, raise FREEHOLD_IMPORT_MAX_GB.`,
    );
  }

  /** Takes a new file, folder or link into account. */
  spendFile(): void {
    this.#files += 1;
    this.foreseeFiles(this.#files);
  }

  /** Whether so many files, folders and links may come, without taking them into account. */
  foreseeFiles(files: number): void {
    const { maxFiles } = this.#limits;
    if (files <= maxFiles) return;
    throw new FreeholdError(
      `it has more than ${maxFiles} files and folders. If it may, raise FREEHOLD_IMPORT_MAX_FILES.`,
    );
  }
}
