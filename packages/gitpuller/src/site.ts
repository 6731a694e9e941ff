import type { Log } from '@freehold/core/log';
import { type Git, makeGit } from './git.ts';
import type { Layout } from './layout.ts';
import { openRemote, type Remote } from './remote.ts';
import { makeRunFolder } from './run-folder.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** The objects that every step of a run receives. */
export interface Site {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** For work that needs no network and must not use it. */
  readonly git: Git;
  /** Reads GITURL when it is first needed: a rollback does without. */
  remote(): Promise<Remote>;
}

export interface OpenSite extends Site {
  close(): Promise<void>;
}

export async function openSite(given: Omit<Site, 'git' | 'remote'>): Promise<OpenSite> {
  const { layout, settings, signal } = given;
  const folder = await makeRunFolder();
  const config = await folder.writeConfig('git-local', {
    protocols: [],
    stallSeconds: settings.stallSeconds,
  });
  const git = makeGit({ workplace: layout.base, folder: folder.path, config, protocols: [], signal });
  let remote: Promise<Remote> | undefined;
  return {
    ...given,
    git,
    remote: () => (remote ??= openRemote({ ...given, folder })),
    close: folder.remove,
  };
}
