import { parseArgs } from 'node:util';

/** The options of `scripts/test.sh`. */
export interface Options {
  /** Include the long drills. */
  readonly all: boolean;
  /** Only the stages that need no Docker engine. */
  readonly quick: boolean;
  /** Only the tests that a change since this revision can affect. */
  readonly changedSince: string | undefined;
  /** The release of Debian that the throw-away hosts have, such as `bookworm`; undefined: that of the images. */
  readonly release: string | undefined;
  /** Only test files whose path contains one of these; empty for all files. */
  readonly patterns: readonly string[];
}

/** An invalid command line; its message states the problem. */
export class UsageError extends Error {}

/** Parses the command line. The value of `--changed` is a revision, `HEAD` unless one follows after `=`. */
export function readOptions(argv: readonly string[]): Options {
  const args = argv.map((word) => (word === '--changed' ? '--changed=HEAD' : word));
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        changed: { type: 'string' },
        release: { type: 'string' },
      },
    });
    const { changed: changedSince, release, ...tiers } = values;
    return { ...tiers, changedSince, release, patterns: positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message} See 'scripts/test.sh --help'.`);
  }
}
