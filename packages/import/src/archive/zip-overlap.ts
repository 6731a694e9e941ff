import { FreeholdError } from '@freehold/core/error';
import type { Entry } from 'yauzl';

/** The size of a local header without its name, in bytes. */
const headerBytes = 30;

/** Detects entries that share bytes of the archive, with which 42 kB can unpack to petabytes. */
export class OverlapCheck {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add({ relativeOffsetOfLocalHeader: start, fileNameLength, compressedSize }: Entry): void {
    this.#starts.push(start);
    this.#ends.push(start + headerBytes + fileNameLength + compressedSize);
  }

  /** @throws FreeholdError if any two of them overlap. */
  finish(): void {
    const starts = Float64Array.from(this.#starts).sort();
    const ends = Float64Array.from(this.#ends).sort();
    // Ranges that do not overlap have the same order by their starts and by their ends.
    const bad = starts.findIndex((start, index) => index > 0 && start < (ends[index - 1] ?? 0));
    if (bad !== -1) throw new FreeholdError('entries in it overlap, as if it were made to fill the disk.');
  }
}
