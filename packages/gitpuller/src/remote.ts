// The repository that GITURL names, and git with all that it needs to reach it.
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { type Git, makeGit } from './git.ts';
import type { GitUrl } from './git-url.ts';
import type { Layout } from './layout.ts';
import { resolveLocalPath } from './local-path.ts';
import { readGitUrl, readKnownHosts, readSshKey, type SshKey } from './owner-files.ts';
import type { Protocol } from './render-git-config.ts';
import { reportProgress } from './report-progress.ts';
import type { RunFolder } from './run-folder.ts';
import type { Settings } from './settings.ts';

export interface Remote extends GitUrl {
  readonly key: SshKey | undefined;
  readonly git: Git;
  /** For submodules, which never come from a path on this host. */
  readonly submoduleGit: Git;
}

export interface Shared {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly folder: RunFolder;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const overNetwork: readonly Protocol[] = ['https', 'ssh', 'git'];

/** Reads GITURL and what belongs to it. Nothing is asked yet. */
export async function openRemote(shared: Shared): Promise<Remote> {
  const { layout, settings, folder, signal, log } = shared;
  const source = await locate(await readGitUrl(layout), layout);
  const { stallSeconds, submodules } = settings;
  const own: Protocol = source.kind === 'path' ? 'file' : source.kind;
  const needsSsh = own === 'ssh' || submodules;
  const key = needsSsh ? await readSshKey(layout) : undefined;
  const ssh =
    needsSsh && (await folder.writeSsh({ key, knownHosts: await readKnownHosts(layout), stallSeconds }));
  const { url, credential } = source;
  const config = await folder.writeConfig('git-remote', {
    protocols: submodules ? [...new Set([own, ...overNetwork])] : [own],
    stallSeconds,
    sshConfig: ssh || undefined,
    credentials: credential && (await folder.writeCredential(url, credential)),
  });
  const git = (protocols: readonly Protocol[]) =>
    reportProgress({ url, log }, (onProgress) =>
      makeGit({
        workplace: layout.base,
        folder: folder.path,
        config,
        protocols,
        signal,
        stallSeconds,
        onProgress,
      }),
    );
  return { ...source, key, git: git([own]), submoduleGit: git(overNetwork) };
}

async function locate(source: GitUrl, layout: Layout): Promise<GitUrl> {
  if (source.kind !== 'path') return source;
  try {
    return { ...source, url: await resolveLocalPath(source.url, layout) };
  } catch (error) {
    throw new FreeholdError(`${join(layout.home, 'GITURL')} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
