// Lists the test files, and where each of them runs.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the repository. */
export const root = join(import.meta.dirname, '../../../..');

/** What runs of the tests keep for the next one. */
export const cache = join(root, 'node_modules/.cache');

/**
 * `code`: needs no host. `host`: runs on a throw-away host that any lane provides. `servers`: shares one
 * control machine and its three servers with the other files of this kind, so only one of them runs at a
 * time. `cluster`: starts three hosts under fixed names, so only one of them runs at a time.
 */
export type Kind = 'code' | 'host' | 'servers' | 'cluster';

export interface TestFile {
  /** Relative to the repository, as in `packages/core/src/domain.test.ts`. */
  readonly path: string;
  readonly kind: Kind;
}

const hostTests = 'packages/e2e/';

function kindOf(path: string): Kind {
  if (!path.startsWith(hostTests)) return 'code';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^deploy/.test(name)) return 'servers';
  return /^(cluster|cloud)/.test(name) ? 'cluster' : 'host';
}

/** All test files, sorted by path: `*.test.ts`, and with `all` also the long drills, `*.drill.ts`. */
export function findTestFiles(options: { all: boolean }): TestFile[] {
  const patterns = ['packages/*/src/**/*.test.ts', ...(options.all ? ['packages/*/src/**/*.drill.ts'] : [])];
  return globSync(patterns, { cwd: root })
    .sort()
    .map((path) => ({ path, kind: kindOf(path) }));
}

/** The folder of the package that a file belongs to; absolute. */
export function packageFolder(path: string): string {
  let folder = dirname(path);
  while (dirname(folder) !== 'packages') folder = dirname(folder);
  return join(root, folder);
}
