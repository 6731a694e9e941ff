// Measures a commit before its checkout: a few hundred kilobytes of objects can expand to a billion files.
import { refuse } from './refusal.ts';
import type { Limits } from './settings.ts';
import type { Site } from './site.ts';

/** The disk space of checked-out files, in whole blocks, and their number. */
export interface Usage {
  readonly bytes: number;
  readonly files: number;
  /** The size of their paths in an index, which git keeps in memory as a whole. */
  readonly pathBytes: number;
}

/** A commit of another repository that a commit refers to. */
export interface Gitlink {
  readonly path: string;
  readonly commit: string;
}

export interface MeasuredCommit extends Usage {
  readonly gitlinks: readonly Gitlink[];
}

export const nothing: Usage = { bytes: 0, files: 0, pathBytes: 0 };
const block = 4096;
/** The container has 512 MB, and a commit of 100,000 files could have 400 MB of paths. */
const maxPathBytes = 64e6;

/**
 * Adds up the size of a commit, and stops at the limit.
 *
 * @param options.before the size counted so far, of the repository that contains this submodule.
 * @throws FreeholdError, a refusal, if it exceeds the limits.
 */
export async function measureCommit(
  { git, settings, signal }: Site,
  options: { repository: string; commit: string; before?: Usage },
): Promise<MeasuredCommit> {
  const { repository, commit, before = nothing } = options;
  const tooLarge = new AbortController();
  const counter = makeCounter(before);
  const args = ['ls-tree', '-r', '-t', '-z', '--long', '--full-tree', '--end-of-options', commit];
  try {
    await git(
      args,
      { repository },
      {
        signal: tooLarge.signal,
        onOutput(chunk) {
          counter.add(chunk);
          const fault = findExcess(counter.total(), settings.limits);
          if (fault) tooLarge.abort(refuse(fault));
        },
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  tooLarge.signal.throwIfAborted();
  return counter.total();
}

/** The error message for a checkout that is too large; undefined otherwise. */
export function findExcess(
  { bytes, files, pathBytes }: Usage,
  { maxBytes, maxFiles }: Limits,
): string | undefined {
  if (files > maxFiles) {
    return `its commit has more than ${maxFiles} files and folders. Make the site smaller, or raise FREEHOLD_GIT_MAX_FILES`;
  }
  if (pathBytes > maxPathBytes) {
    return `the paths of its files take more than ${maxPathBytes / 1e6} MB. Use fewer or shorter names of folders`;
  }
  if (bytes > maxBytes) {
    return `its commit takes more than ${maxBytes / 1e6} MB when it is checked out. Make the site smaller, or raise FREEHOLD_GIT_MAX_MB`;
  }
  return undefined;
}

/** Parses the output of `git ls-tree -r -t -z --long` piece by piece: `MODE TYPE ID SIZE<tab>PATH<nul>`. */
export function makeCounter(before: Usage): { add(chunk: Buffer): void; total(): MeasuredCommit } {
  let { bytes, files, pathBytes } = before;
  let rest = Buffer.alloc(0);
  const gitlinks: Gitlink[] = [];
  const count = (line: string) => {
    const [, type, commit = '', size, path = ''] = /^\d+ (\w+) ([0-9a-f]+) +(\S+)\t(.*)$/s.exec(line) ?? [];
    files += 1;
    pathBytes += Buffer.byteLength(path);
    // The size is "-" for anything but a file, and "BAD" for a damaged one, which the checkout will report.
    bytes += Math.max(1, Math.ceil((Number(size) || 0) / block)) * block;
    if (type === 'commit') gitlinks.push({ path, commit });
  };
  return {
    add(chunk) {
      const text = Buffer.concat([rest, chunk]);
      const end = text.lastIndexOf(0);
      rest = text.subarray(end + 1);
      if (end >= 0) text.toString('utf8', 0, end).split('\0').forEach(count);
    },
    total: () => ({ bytes, files, pathBytes, gitlinks }),
  };
}
