// The repository in GITURL, and git with everything it needs to reach it.
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
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

export interface Remote extends GitUrl {
  readonly key: SshKey | undefined;
  readonly git: Git;
  /** The same for a submodule. */
  forSubmodule(source: GitUrl): Promise<{ readonly url: string; readonly git: Git }>;
}

export interface Shared {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly folder: RunFolder;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

const overNetwork: readonly Protocol[] = ['https', 'ssh'];

/** Reads GITURL and the files that go with it, without any request. */
export async function openRemote(shared: Shared): Promise<Remote> {
  const { layout, settings } = shared;
  const source = await locate(await readGitUrl(layout), { layout, settings });
  const own: Protocol = source.kind === 'path' ? 'file' : source.kind;
  const protocols = settings.submodules ? [...new Set([own, ...overNetwork])] : [own];
  const { key, sshConfig } = protocols.includes('ssh') ? await openSsh(shared) : {};
  const options = { protocols, stallSeconds: settings.stallSeconds, sshConfig };
  let configs = 0;
  /** A configuration with only the credential of this source, under a separate name. */
  const configure = async ({ url, credential }: GitUrl): Promise<string> => {
    const { folder, secrets } = shared;
    const number = configs++;
    if (credential) secrets.add(credential);
    const credentials =
      credential && (await folder.writeCredential(`credentials-${number}`, url, credential));
    return folder.writeConfig(`git-remote-${number}`, { ...options, credentials });
  };
  const config = await configure(source);
  return {
    ...source,
    key,
    git: gitFor(shared, { url: source.url, config, protocols: [own] }),
    async forSubmodule({ url, ...rest }) {
      const own = rest.credential ? await configure({ url, ...rest }) : config;
      return { url, git: gitFor(shared, { url, config: own, protocols: overNetwork }) };
    },
  };
}

async function openSsh({ layout, folder, settings }: Shared) {
  const key = await readSshKey(layout);
  const knownHosts = await readKnownHosts(layout);
  const sshConfig = await folder.writeSsh({ key, knownHosts, stallSeconds: settings.stallSeconds });
  return { key, sshConfig };
}

function gitFor(
  { layout, folder, settings, log, signal }: Shared,
  { url, config, protocols }: { url: string; config: string; protocols: readonly Protocol[] },
): Git {
  const { stallSeconds } = settings;
  const base = { workplace: layout.base, folder: folder.path, config, protocols, signal, stallSeconds };
  return reportProgress({ url, log }, (onProgress) => makeGit({ ...base, onProgress }));
}

async function locate(
  source: GitUrl,
  { layout, settings }: { layout: Layout; settings: Settings },
): Promise<GitUrl> {
  if (source.kind !== 'path') return source;
  try {
    return { ...source, url: await resolveLocalPath(source.url, layout, settings.repositories) };
  } catch (error) {
    throw new FreeholdError(`Cannot use ${join(layout.home, 'GITURL')}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
