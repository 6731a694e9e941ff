// A site from git that is pulled at a test's request, not by its timer.
import assert from 'node:assert/strict';
import { type GitRemote, removeGitRemote, startGitRemote } from './git-remote.ts';
import { pull, removeGitSites, startGitSite, untilState } from './git-sites.ts';
import { exec } from './host.ts';

/** Starts a repository with the state '1' and a site that serves its branch main. */
export async function startPulledSite(domain: string): Promise<GitRemote> {
  const remote = await startGitRemote();
  await remote.commit('1');
  await startGitSite(domain, `${remote.urls.https} main`);
  await untilState(domain, '1');
  await exec(['systemctl', 'stop', `gitpuller@${domain}.timer`]);
  return remote;
}

/** Pulls, which must succeed, and waits until the site serves a state of the repository. */
export async function pullTo(domain: string, state: string): Promise<void> {
  const { ok, said } = await pull(domain);
  assert.ok(ok, said);
  await untilState(domain, state);
}

/** Removes the site and the repository. */
export async function removePulledSite(domain: string): Promise<void> {
  await removeGitSites([domain]);
  await removeGitRemote();
}
