// Submodules: fetched by the same rules as the repository, but never from a path on this host, and measured
// before they are checked out.
import { lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explainFailure, findFault, isWorthRemaking } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import { type GitUrl, parseGitUrl } from './git-url.ts';
import { explainHostKey } from './host-key.ts';
import { type Gitlink, measureCommit, type Usage } from './measure-commit.ts';
import { refusalOf, refuse } from './refusal.ts';
import { hasCommit, prepareRepository } from './repository.ts';
import type { Site } from './site.ts';
import { repositoryOf } from './submodule-folders.ts';
import { parseSubmodules, resolveSubmoduleUrl } from './submodule-url.ts';
import { trustIndex } from './trust-index.ts';

/** A checked-out commit, without its submodules yet. */
export interface Parent extends Usage {
  readonly gitlinks: readonly Gitlink[];
  readonly repository: string;
  readonly commit: string;
  /** The folder of the worktree. */
  readonly path: string;
  /** Where it was fetched from; undefined for the site's own repository. */
  readonly url?: string;
}

/**
 * Checks out the submodules of a commit, recursively.
 *
 * @returns the disk space and number of files that all of it takes.
 * @throws FreeholdError with the submodule that failed.
 */
export async function checkOutSubmodules(site: Site, parent: Parent): Promise<Usage> {
  let usage: Usage = parent;
  if (parent.gitlinks.length === 0) return usage;
  const url = parent.url ?? (await site.remote()).url;
  const output = await readGitmodules(site, parent);
  const urls = new Map(output.map((module) => [module.path, resolveSubmoduleUrl(module.url, url)]));
  for (const { path, commit } of parent.gitlinks) {
    const source = parseUrl(path, urls.get(path));
    usage = await checkOut(site, { parent: parent.path, path, commit, source, usage });
  }
  return usage;
}

async function readGitmodules({ git, signal }: Site, { repository, commit }: Parent) {
  const args = ['config', '--null', '--blob', `${commit}:.gitmodules`, '--get-regexp'];
  try {
    return parseSubmodules(await git([...args, '^submodule\\..*\\.(path|url)$'], { repository }));
  } catch {
    signal.throwIfAborted();
    // Missing, unreadable or empty: each submodule then has no URL.
    return [];
  }
}

function parseUrl(path: string, url: string | undefined): GitUrl {
  const name = `its submodule ${JSON.stringify(path)}`;
  if (url === undefined) throw refuse(`${name} has no URL in .gitmodules`);
  try {
    // A space would separate a branch in GITURL.
    if (/\s/.test(url)) throw new FreeholdError('it contains a space.');
    const source = parseGitUrl(url);
    if (source.kind === 'path') throw new FreeholdError('a path on this host is not allowed.');
    return source;
  } catch (error) {
    throw refuse(`the URL of ${name} is invalid: ${reasonOf(error).replace(/\.$/, '')}`);
  }
}

interface Submodule extends Gitlink {
  readonly parent: string;
  readonly source: GitUrl;
  readonly usage: Usage;
}

async function checkOut(site: Site, submodule: Submodule): Promise<Usage> {
  const { layout, settings, git } = site;
  const { path, commit, source, usage } = submodule;
  const folder = join(submodule.parent, path);
  await assertOwnFolder(submodule);
  const repository = repositoryOf(layout, source.url);
  await mkdir(layout.submodules, { recursive: true });
  await prepareRepository(site, repository, commit);
  if (!(await hasCommit(site, { repository, commit }))) await fetchSubmodule(site, submodule, repository);
  const measured = await measureCommit(site, { repository, commit, before: usage });
  const needed = measured.bytes - usage.bytes;
  await assertDiskReserve({ path: layout.base, needed, reserve: settings.diskReserve });
  await git(['worktree', 'add', '--detach', folder, commit], { repository });
  const next = { ...measured, repository, commit, path: folder, url: source.url };
  const total = await checkOutSubmodules(site, next);
  await trustIndex(join(await recordOf(folder), 'index'));
  return total;
}

/** git has created an empty folder for it. A link in its path would lead elsewhere. */
async function assertOwnFolder({ parent, path }: Submodule): Promise<void> {
  const folder = join(parent, path);
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() && (await realpath(folder)) === join(await realpath(parent), path)) return;
  throw refuse(`its submodule ${JSON.stringify(path)} has no folder of its own`);
}

async function fetchSubmodule(site: Site, { path, commit, source }: Submodule, repository: string) {
  const remote = await (await site.remote()).forSubmodule(source);
  try {
    await fetchCommit({ site, remote, repository }, commit);
  } catch (error) {
    site.signal.throwIfAborted();
    const fault = findFault(error);
    if (isWorthRemaking(error) || refusalOf(error) || fault?.kind === 'disk') throw error;
    const isHostKey = fault?.kind === 'host key';
    const reason = isHostKey ? await explainHostKey(site, source.server, error) : explainFailure(error);
    throw new FreeholdError(
      `its submodule ${JSON.stringify(path)} was not fetched from ${source.url}: ${reason}`,
    );
  }
}

/** The .git of a linked worktree is a file: `gitdir: PATH`. */
async function recordOf(folder: string): Promise<string> {
  return (await readFile(join(folder, '.git'), 'utf8')).replace(/^gitdir: /, '').trim();
}
