// For tests: zip archives byte by byte, including ones that no tool creates.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** The file type and permissions of Unix. */
  readonly mode?: number;
  /** 3 is Unix, 0 is Windows (FAT). */
  readonly host?: number;
  readonly flags?: number;
  /** 0 is stored, 8 is deflated. */
  readonly method?: number;
  readonly checksum?: number;
  /** The size in the directory, instead of the true one. */
  readonly size?: number;
  /** The entry's offset in the directory, instead of its true one. */
  readonly offset?: number;
}

/** An archive of entries. */
export function zip(...entries: readonly ZipEntry[]): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const entry of entries) {
    const { local, central } = zipEntry(entry, at);
    files.push(local);
    directory.push(central);
    at += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}

function zipEntry(entry: ZipEntry, at: number): { local: Buffer; central: Buffer } {
  const { content = '', mode = 0o100644, host = 3, flags = 0, method = 8 } = entry;
  const [name, body] = [Buffer.from(entry.name), Buffer.from(content)];
  const packed = method === 8 ? deflateRawSync(body) : body;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(flags, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(entry.checksum ?? crc32(body), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(entry.size ?? body.length, 18);
  common.writeUInt16LE(name.length, 22);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((mode << 16) >>> 0, 6);
  rest.writeUInt32LE(entry.offset ?? at, 10);
  const start = (text: string, version: readonly number[]) => Buffer.from([...Buffer.from(text), ...version]);
  return {
    local: Buffer.concat([start('PK\x03\x04', []), common, name, packed]),
    central: Buffer.concat([start('PK\x01\x02', [20, host]), common, rest, name]),
  };
}
