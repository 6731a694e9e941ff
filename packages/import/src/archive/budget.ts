import { FreeholdError } from '@freehold/core/error';
import type { ArchiveLimits } from '../settings.ts';

/** Below this size the ratio is not checked: small archives may compress well. */
const ratioFromBytes = 100e6;

/** Counts the output of an archive. */
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
   * Adds unpacked bytes.
   *
   * @param consumed the total bytes of the archive that they came from.
   * @throws FreeholdError with the exceeded limit and its setting.
   */
  spendBytes(bytes: number, consumed: number): void {
    const { maxRatio } = this.#limits;
    this.#bytes += bytes;
    this.foresee(0);
    if (this.#bytes > ratioFromBytes && this.#bytes > consumed * maxRatio) {
      throw new FreeholdError(
        `its first ${consumed} bytes unpack to ${this.#bytes}, more than ${maxRatio} times as many, ` +
          'as if it were made to fill the disk. To allow that, raise FREEHOLD_IMPORT_MAX_RATIO.',
      );
    }
  }

  /** Checks whether this many further bytes are allowed, without adding them. */
  foresee(bytes: number): void {
    const { maxBytes } = this.#limits;
    if (this.#bytes + bytes <= maxBytes) return;
    throw new FreeholdError(
      `it unpacks to more than ${maxBytes / 1e9} GB. To allow that, raise FREEHOLD_IMPORT_MAX_GB.`,
    );
  }

  /** Adds a new file, folder or link. */
  spendFile(): void {
    this.#files += 1;
    this.foreseeFiles(this.#files);
  }

  /** Checks whether this many further files, folders and links are allowed, without adding them. */
  foreseeFiles(files: number): void {
    const { maxFiles } = this.#limits;
    if (files <= maxFiles) return;
    throw new FreeholdError(
      `it contains more than ${maxFiles} files and folders. To allow that, raise FREEHOLD_IMPORT_MAX_FILES.`,
    );
  }
}
