// Determines which test files a change can affect: tests of code by their imports, tests on hosts by a map of
// paths.
import { execFileSync } from 'node:child_process';
import { build, type Plugin } from 'esbuild';
import { imageConcerns } from './app-images.ts';
import { root, type TestFile } from './test-files.ts';

/**
 * Paths outside of `packages/e2e` and the test files that they concern. The first row that matches a changed
 * path applies; a path that no row matches concerns every test.
 */
export const concerns: readonly (readonly [changed: RegExp, tests: RegExp | undefined])[] = [
  [/^CONTRIBUTING\.md$/, /testing\/src\/(run\/tiers|documents\/)/],
  [/^(README|CHANGELOG|SECURITY)\.md$/, /(testing|cli)\/src\/document/],
  [/^LICENSE|^\.(gitignore|editorconfig)$/, undefined],
  [
    /^docs\/how-to\/(deploy-servers|work-on-many-servers|upgrade-and-roll-back|move-a-site|back-up-and-restore)\.md$/,
    /testing\/src\/documents\/|e2e\/src\/deploy-guide/,
  ],
  [/^docs\/troubleshooting\/servers\.md$/, /testing\/src\/documents\/|e2e\/src\/deploy-red/],
  [/^docs\/how-to\/remove-freehold\.md$/, /testing\/src\/documents\/|e2e\/src\/deploy-removal/],
  [/^docs\/how-to\/.*(cluster|member|keys|etcd)/, /testing\/src\/documents\/|e2e\/src\/cluster/],
  [
    /^docs\/how-to\/(manage-sites|check-a-host|install-a-certificate|forward-mail|run-wordpress|set-up-a-host)\.md$/,
    /testing\/src\/documents\/|e2e\/src\/host-guide/,
  ],
  [/^docs\/reference\/app-declaration\.md$/, /testing\/src\/documents\/|import\/src\/declarations/],
  [/^docs\/tutorial\//, /testing\/src\/documents\/|e2e\/src\/deploy-tutorial/],
  [/^docs\/reference\/freehold/, /testing\/src\/documents\/|cli\/src\/documents/],
  [/^docs\//, /(testing|cli)\/src\/document/],
  [/^images\/(postfix|postfix-config)\//, /packages\/postfix-config\/|e2e\/src\/mail/],
  [
    /^(images|unit-files|packages)\/acme|^scripts\/(host\/(acme|share-certificate)|setup\/certificates)/,
    /packages\/acme\/|e2e\/src\/(cluster-)?acme/,
  ],
  [/^(images|unit-files|packages)\/gitpuller/, /packages\/gitpuller\/|e2e\/src\/git-/],
  [/^packages\/postfix-config\//, /packages\/postfix-config\/|e2e\/src\/mail/],
  [/^(images|packages)\/cli\/|^scripts\/(command\/|freehold$)/, /packages\/cli\/|e2e\/src\/freehold-command/],
  [/^packages\/testing\//, /packages\/(?!e2e)/],
  [/^packages\/build\//, /e2e\/src\/new-app/],
  [/^scripts\/host\/await-image\.sh$/, /e2e\/src\//],
  [/^scripts\/(deploy|host)\//, /e2e\/src\/(deploy|move|operator-scripts|serving)|core\/src\/(deploy|setup)/],
  [/^scripts\/cluster\//, /packages\/core\/src\/cluster-scripts|e2e\/src\/(cluster|cloud-cluster|deployed-)/],
  [/^scripts\/try\.sh$/, /e2e\/src\/try/],
  [/^cloud-config$/, /e2e\/src\/cloud/],
  ...imageConcerns(),
];

const isTest = (path: string) => /\.(test|drill)\.ts$/.test(path);
const packageOf = (path: string) => path.match(/^packages\/[^/]+\//)?.[0];

/**
 * The paths that differ between a revision and the working tree, including untracked ones; relative to the
 * repository.
 */
export function changedPaths(revision: string): string[] {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const paths = [
    ...git('diff', '--name-only', revision, '--'),
    ...git('ls-files', '--others', '--exclude-standard'),
  ];
  return [...new Set(paths.filter(Boolean))];
}

/** Only this repository's own files are followed. */
const onlyOwnFiles: Plugin = {
  name: 'only-own-files',
  setup: ({ onResolve }) =>
    void onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@freehold/') ? undefined : { path, external: true },
    ),
};

/** For each test file, itself and all files of this repository that it imports, directly or indirectly. */
export async function importsOf(files: readonly TestFile[]): Promise<Map<string, Set<string>>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: files.map(({ path }) => path),
    plugins: [onlyOwnFiles],
    ...{ bundle: true, write: false, metafile: true, outdir: 'unused' },
    ...{ platform: 'node', format: 'esm', logLevel: 'error' },
  });
  const reach = (path: string, seen: Set<string>): Set<string> => {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const next of metafile.inputs[path]?.imports ?? []) if (!next.external) reach(next.path, seen);
    return seen;
  };
  return new Map(files.map(({ path }) => [path, reach(path, new Set())]));
}

/** Whether a change of one path can affect one test file, which imports these files. */
export function affects(changed: string, test: string, imports: ReadonlySet<string>): boolean {
  if (imports.has(changed)) return true;
  if (isTest(changed)) return false;
  if (changed.startsWith('packages/') && !test.startsWith('packages/e2e/')) {
    // Golden files, and programs that tests start by their path.
    return packageOf(changed) === packageOf(test);
  }
  if (changed.startsWith('packages/e2e/')) return false;
  const row = concerns.find(([paths]) => paths.test(changed));
  return row ? (row[1]?.test(test) ?? false) : true;
}

/** The test files that the changes since a revision can affect. */
export async function selectAffected(files: readonly TestFile[], revision: string): Promise<TestFile[]> {
  const changed = changedPaths(revision);
  const imports = await importsOf(files);
  return files.filter(({ path }) =>
    changed.some((one) => affects(one, path, imports.get(path) ?? new Set())),
  );
}
