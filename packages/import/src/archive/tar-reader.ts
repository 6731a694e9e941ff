// The tar format, entry by entry. The parser receives one header at a time, and then its body,
// so that the meaning of the next bytes and the end of the archive are always known.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { Header, Parser, type ReadEntry } from 'tar';
import type { EntrySink } from './archive-entry.ts';
import { packedLike } from './packing.ts';
import { NameCheck } from './tar-names.ts';

const blockBytes = 512;
const noBlock = Buffer.alloc(blockBytes);
const maxHeaderBytes = 256 * 1024;
/** Types of entries that describe the next one: pax and GNU's long names. */
const headerTypes = 'xgXLKN';

/** @throws FreeholdError without its subject, from `write` and `end`. */
export class TarReader {
  readonly #sink: EntrySink;
  // Input that should be tar is not checked for zstd; it is always checked for gzip, which was refused
  // before.
  readonly #parser = new Parser({ strict: true, zstd: false, maxMetaEntrySize: maxHeaderBytes });
  readonly #names = new NameCheck();
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);
  #entry: ReadEntry | undefined;
  /** Blocks of zeros at the end: two are required. */
  #emptyBlocks = 0;

  constructor(sink: EntrySink) {
    this.#sink = sink;
    this.#parser.on('error', (error) => {
      throw this.#damaged(reasonOf(error));
    });
    this.#parser.on('ignoredEntry', (entry) => this.#begin(entry));
    this.#parser.on('entry', (entry) => this.#begin(entry));
  }

  /** Consumes the next bytes, none of which it keeps. */
  write(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    let at = 0;
    for (let taken = this.#take(all); taken > 0; taken = this.#take(all.subarray(at))) {
      at += taken;
      this.#position += taken;
    }
    this.#rest = Buffer.from(all.subarray(at));
  }

  end(): void {
    if (this.#entry || this.#rest.length > 0 || this.#emptyBlocks < 2) {
      const size = this.#position + this.#rest.length;
      this.#refusePacked(this.#rest);
      if (size < blockBytes) throw new FreeholdError('it is not a tar archive: it is too short.');
      throw new FreeholdError(`it is truncated: the end of its tar data is missing after byte ${size}.`);
    }
  }

  /** Consumes a number of whole blocks; 0 if more bytes are needed first. */
  #take(bytes: Buffer): number {
    const whole = bytes.length - (bytes.length % blockBytes);
    if (whole === 0) return 0;
    if (this.#entry) return this.#takeBody(this.#entry, bytes.subarray(0, whole));
    const block = bytes.subarray(0, blockBytes);
    if (block.equals(noBlock)) {
      this.#emptyBlocks += 1;
      return blockBytes;
    }
    if (this.#emptyBlocks > 0) throw this.#damaged('there is extra data after its end');
    return this.#takeHeader(block, bytes);
  }

  #takeHeader(block: Buffer, bytes: Buffer): number {
    this.#refusePacked(block);
    const type = block.toString('latin1', 156, 157);
    const bodyBytes = headerTypes.includes(type) ? this.#lengthOfHeaderBody(block) : 0;
    const length = blockBytes + Math.ceil(bodyBytes / blockBytes) * blockBytes;
    if (bytes.length < length) return 0;
    // A damaged header is reported as such by the parser.
    if (isSound(block)) this.#names.check(type, block, bytes.subarray(blockBytes, blockBytes + bodyBytes));
    this.#parser.write(bytes.subarray(0, length));
    if (this.#entry?.blockRemain === 0) this.#end();
    return length;
  }

  #refusePacked(bytes: Buffer): void {
    const packing = this.#position === 0 && packedLike(bytes);
    if (packing) throw new FreeholdError(`it contains ${packing} where tar is expected.`);
  }

  #lengthOfHeaderBody(block: Buffer): number {
    const size = sizeIn(block);
    if (size > maxHeaderBytes) throw this.#damaged(`an extended header has ${size} bytes`);
    return size;
  }

  #takeBody(entry: ReadEntry, blocks: Buffer): number {
    const mine = blocks.subarray(0, entry.blockRemain);
    this.#parser.write(mine);
    if (entry.blockRemain === 0) this.#end();
    return mine.length;
  }

  #begin(entry: ReadEntry): void {
    this.#entry = entry;
    this.#sink.begin(entry);
    entry.on('data', (bytes) => this.#sink.data(bytes));
  }

  #end(): void {
    this.#entry = undefined;
    this.#sink.end();
  }

  #damaged(why: string): FreeholdError {
    return new FreeholdError(`it is not a tar archive, or is damaged: ${why} (at byte ${this.#position}).`);
  }
}

function isSound(block: Buffer): boolean {
  try {
    return new Header(block).cksumValid;
  } catch {
    return false;
  }
}

/** The parser reports a size that cannot be read. */
function sizeIn(block: Buffer): number {
  try {
    return new Header(block).size ?? 0;
  } catch {
    return 0;
  }
}
