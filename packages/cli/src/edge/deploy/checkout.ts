// What is deployed: the commit of this checkout, and images made of it by this machine's Docker.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';
import { outputOf, runProgram } from '../run-program.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { runHere } from './run-here.ts';

export interface Checkout {
  readonly repository: string;
  readonly scripts: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** What a server needs of the repository. */
export const deployed = ['scripts', 'unit-files', 'docs', 'README.md', 'CHANGELOG.md', 'LICENSE'];

/** An image by what makes it, and not by its id: two builds of the same are the same. */
const fingerprint =
  '{{.RootFS.Layers}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.Env}} {{.Config.User}} {{.Config.StopSignal}}';

export function findCheckout(env: Environment, signal: AbortSignal): Checkout {
  const scripts = scriptsFolder(env);
  return { repository: dirname(scripts), scripts, env, signal };
}

/** @throws FreeholdError if it is no git checkout, or has changes that are not committed. */
export async function readCommit(checkout: Checkout): Promise<string> {
  const { repository } = checkout;
  const commit = await git(checkout, 'rev-parse', '--quiet', '--short=10', '--verify', 'HEAD').catch(() => {
    throw new FreeholdError(`${repository} is not a git checkout, so it has no version to deploy.`);
  });
  if ((await git(checkout, 'status', '--porcelain', '--untracked-files=no')) !== '') {
    throw new FreeholdError(
      `${repository} has uncommitted changes, of which only a part would be deployed. Commit them first.`,
    );
  }
  return commit.trim();
}

function git({ repository, signal }: Checkout, ...words: string[]): Promise<string> {
  return outputOf('git', ['-C', repository, ...words], { signal });
}

/** A version is made of a commit, and tags of the images that belong to it. */
export interface Version {
  readonly version: string;
  /** As in 'freehold/static:VERSION'. */
  readonly images: readonly string[];
}

/** @throws FreeholdError if images are missing and are not to be built, or cannot be built. */
export async function makeVersion(checkout: Checkout, commit: string, builds: boolean): Promise<Version> {
  const { scripts } = checkout;
  const lib = ['-c', 'source "$1/lib.sh"; ensure_docker', 'lib', scripts];
  await runHere(checkout, 'bash', lib, 'Docker does not answer here.');
  const names = await imageNames(checkout);
  const tag = tagOf(commit, builds);
  const missing = await missingImages(checkout, names, tag);
  if (missing.length > 0) await buildImages(checkout, { names, missing, commit, builds });
  const version = await nameVersion(checkout, { names, commit, tag });
  await tagAll(checkout, names, tag, version);
  return { version, images: names.map((name) => `${name}:${version}`) };
}

/** The version that `makeVersion` would give; undefined if its images are not built yet. */
export async function predictVersion(
  checkout: Checkout,
  commit: string,
  builds: boolean,
): Promise<string | undefined> {
  const names = await imageNames(checkout);
  const tag = tagOf(commit, builds);
  if ((await missingImages(checkout, names, tag)).length > 0) return undefined;
  return nameVersion(checkout, { names, commit, tag });
}

/** The images of this commit, or the latest that Docker has. */
const tagOf = (commit: string, builds: boolean) => (builds ? commit : 'latest');

async function nameVersion(
  checkout: Checkout,
  {
    names,
    commit,
    tag,
  }: { readonly names: readonly string[]; readonly commit: string; readonly tag: string },
): Promise<string> {
  const images = names.map((name) => `${name}:${tag}`);
  const prints = await docker(checkout, 'image', 'inspect', '--format', fingerprint, ...images);
  return `${commit}-${createHash('sha256').update(prints).digest('hex').slice(0, 6)}`;
}

async function imageNames({ scripts, signal }: Checkout): Promise<string[]> {
  const list = join(scripts, 'setup/images.sh');
  const words = ['-c', `source "$1"; printf 'freehold/%s\\n' "\${images[@]}"`, 'images', list];
  return (await outputOf('bash', words, { signal })).trim().split('\n');
}

async function missingImages({ signal }: Checkout, names: readonly string[], tag: string): Promise<string[]> {
  const has = async (name: string) =>
    (await runProgram('docker', ['image', 'inspect', `${name}:${tag}`], { signal })).code === 0;
  const found = await Promise.all(names.map(has));
  return names.filter((_, index) => !found[index]).map(withoutPrefix);
}

const withoutPrefix = (name: string) => name.slice('freehold/'.length);

interface Building {
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly commit: string;
  readonly builds: boolean;
}

async function buildImages(checkout: Checkout, { names, missing, commit, builds }: Building): Promise<void> {
  if (!builds) {
    throw new FreeholdError(
      `Docker on this machine has no images of ${missing.join(' ')}. Omit --no-build to build them.`,
    );
  }
  const script = join(checkout.scripts, 'build-images.sh');
  await runHere(checkout, script, names.map(withoutPrefix), 'The images were not built.');
  await tagAll(checkout, names, 'latest', commit);
}

async function tagAll(checkout: Checkout, names: readonly string[], from: string, to: string): Promise<void> {
  await Promise.all(names.map((name) => docker(checkout, 'tag', `${name}:${from}`, `${name}:${to}`)));
}

export function docker({ signal }: { signal: AbortSignal }, ...words: string[]): Promise<string> {
  return outputOf('docker', words, { signal });
}

/** Of the commit that was built, though another one may be checked out by now. The file .whole is to be sent last. */
export async function exportFiles(checkout: Checkout, commit: string, folder: string): Promise<void> {
  const { repository } = checkout;
  await mkdir(folder);
  const script = 'set -o pipefail; folder=$1; shift; git -C "$@" | tar --extract --directory "$folder"';
  const words = ['-c', script, 'export', folder, repository, 'archive', commit, ...deployed];
  await runHere(checkout, 'bash', words, `Cannot write the files of commit ${commit} to ${folder}.`);
  await writeFile(join(folder, '.whole'), '');
}
