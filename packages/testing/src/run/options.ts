import { parseArgs } from 'node:util';

/** What `scripts/test.sh` was asked to do. */
export interface Options {
  /** The long drills too. */
  readonly all: boolean;
  /** Only the stages that need no Docker engine. */
  readonly quick: boolean;
  /** Only the tests that a change since this revision can affect. */
  readonly changedSince: string | undefined;
  /** The release of Debian that the throw-away hosts have, such as `bookworm`; undefined: that of the images. */
  readonly release: string | undefined;
  /** Only test files whose path contains one of these. None: all files. */
  readonly patterns: readonly string[];
}

/** A command line that cannot be understood; its message says what is wrong with it. */
export class UsageError extends Error {}

/** Reads the command line. `--changed` takes a revision as its value, `HEAD` unless one follows after `=`. */
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
