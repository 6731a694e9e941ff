// Walks a tree whose owner may change it in the meantime. Each folder is held open and its entries are
// reached through that handle (/proc/self/fd/N/NAME, which has the effect of openat(2)), so a folder that
// becomes a symbolic link at the wrong moment leads nowhere else. Names may be any bytes.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';

export interface Entry {
  readonly kind: 'folder' | 'file' | 'link';
  /** The path below the root, of names that may not be UTF-8: empty for the root itself. */
  readonly names: readonly Buffer[];
  /** For messages. */
  readonly path: string;
  readonly stats: Stats;
  /** Open for reading; undefined for a link. */
  readonly handle?: FileHandle | undefined;
  /** The path through which it is reached during a visit: a link itself, or the file behind the handle. */
  readonly at: Buffer;
}

/** A folder is visited before its content, and `leave` is called afterwards. */
export interface Visitor {
  visit(entry: Entry): Promise<void>;
  leave?(entry: Entry): Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
/** Each level holds one file open. */
const maxDepth = 200;

/**
 * @throws FreeholdError with the path of any entry that is not a folder, a file or a symbolic link, or is
 *   nested too deep.
 */
export async function walkTree(root: string, visitor: Visitor): Promise<void> {
  await walk({ root, names: [], at: Buffer.from(root) }, visitor);
}

interface Place {
  readonly root: string;
  readonly names: readonly Buffer[];
  readonly at: Buffer;
}

async function walk({ root, names, at }: Place, visitor: Visitor): Promise<void> {
  visitor.signal?.throwIfAborted();
  const path = [root, ...names.map(String)].join('/');
  if (names.length > maxDepth)
    throw new FreeholdError(`${path.slice(0, 200)}… is nested more than ${maxDepth} folders deep.`);
  const found = await lstat(at);
  const kind = kindOf(found, path);
  if (kind === 'link') {
    if (names.length === 0) throw new FreeholdError(`${path} is a symbolic link instead of a folder.`);
    return visitor.visit({ kind, names, path, at, stats: found });
  }
  const handle = await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (kind === 'folder' ? O_DIRECTORY : 0));
  try {
    const stats = await handle.stat();
    if (kindOf(stats, path) !== kind) throw new FreeholdError(`${path} changed while it was being examined.`);
    const inside = Buffer.from(`/proc/self/fd/${handle.fd}`);
    const entry = { kind, names, path, stats, handle, at: inside };
    await visitor.visit(entry);
    if (kind === 'folder') {
      for (const name of await readdir(inside, { encoding: 'buffer' })) {
        await walk(
          { root, names: [...names, name], at: Buffer.concat([inside, Buffer.from('/'), name]) },
          visitor,
        );
      }
    }
    await visitor.leave?.(entry);
  } finally {
    await handle.close();
  }
}

function kindOf(stats: Stats, path: string): Entry['kind'] {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'link';
  const what = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  throw new FreeholdError(`${path} is ${what}, which cannot be imported.`);
}
