// For tests: tar archives byte by byte, including ones that no tool creates.

export interface TarEntry {
  readonly path?: string | Buffer;
  /** The type's letter: '0' a file, '1' a hard link, '2' a symbolic link, '5' a folder. */
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly target?: string | Buffer;
  readonly mode?: number;
  /** Seconds. */
  readonly mtime?: number;
  /** The length in the header, instead of the content's true length. */
  readonly size?: number;
}

/** One entry: a header and its content. */
export function tarEntry(entry: TarEntry): Buffer {
  const { path = '', type = '0', content = '', target = '', mode = 0o644, mtime = 1_000_000 } = entry;
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  const write = (value: string | Buffer, at: number, length: number) =>
    Buffer.from(value).copy(header, at, 0, length);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  write(path, 0, 100);
  write(octal(mode, 7), 100, 8);
  write(octal(0, 7), 108, 8);
  write(octal(0, 7), 116, 8);
  const size = entry.size ?? body.length;
  if (size < 8 ** 11) write(octal(size, 11), 124, 12);
  else header.writeBigInt64BE(BigInt(size), 128);
  if (size >= 8 ** 11) header[124] = 0x80;
  write(octal(mtime, 11), 136, 12);
  write(type, 156, 1);
  write(target, 157, 100);
  write('ustar\x0000', 257, 8);
  return Buffer.concat([withChecksum(header), body, Buffer.alloc(-body.length & 511)]);
}

/** Recomputes the checksum of a header that was changed. */
export function withChecksum(header: Buffer): Buffer {
  header.write('        ', 148, 'latin1');
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** The two blocks of zeros that end an archive. */
export const tarEnd = Buffer.alloc(1024);

/** An archive of entries. */
export function tar(...entries: readonly (TarEntry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map((one) => (Buffer.isBuffer(one) ? one : tarEntry(one))), tarEnd]);
}

/** A pax header: keys and values for the next entry, or with type 'g' for all. */
export function pax(records: Readonly<Record<string, string | Buffer>>, type = 'x'): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
    const length =
      [1, 2, 3, 4, 5, 6, 7].find((digits) => String(rest.length + digits).length === digits) ?? 0;
    return Buffer.concat([Buffer.from(String(rest.length + length)), rest]);
  });
  return tarEntry({ path: 'PaxHeader', type, content: Buffer.concat(lines) });
}

/** GNU's header for a path ('L') or a target ('K') that is too long for the next entry's own. */
export function gnuLong(type: 'L' | 'K', text: string | Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(text), Buffer.from('\0')]);
  return tarEntry({ path: '././@LongLink', type, content });
}

/** The page without which no upload is accepted. */
export const index: TarEntry = { path: 'static/www-content/index.html', content: 'mine' };
