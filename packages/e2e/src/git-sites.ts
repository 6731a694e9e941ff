// Sites from git on the host.
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage } from './fetch.ts';
import { exec, journal, repository, shell, tryExec } from './host.ts';

export const unitOfGit = (domain: string): string => `static-git@${domain}.service`;
export const pullOf = (domain: string): string => `gitpuller@${domain}.service`;

/** The folder on the host whose content a site serves. */
export const folderOf = (domain: string): string => `/data/runtime/domains/${domain}/static-git`;

/** Puts files of a git site where import finds them: GITURL, and the files beside it. */
export async function deliverGit(
  domain: string,
  files: { GITURL: string } & Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeGitFile(`/data/import/${domain}`, name, text);
}

/** Writes one file of a site's static-git folder, readable only for gitpuller's user. */
export async function writeGitFile(home: string, name: string, text: string): Promise<void> {
  const script =
    'mkdir -p "$1/static-git" && cat >"$1/static-git/.$2" && chown 10003:10003 "$1/static-git/.$2" && chmod 600 "$1/static-git/.$2" && mv "$1/static-git/.$2" "$1/static-git/$2"';
  await exec(['bash', '-euc', script, 'bash', home, name], text);
}

export async function startGitSite(domain: string, url: string): Promise<void> {
  await deliverGit(domain, { GITURL: `${url}\n` });
  await exec(['systemctl', 'enable', '--quiet', '--now', unitOfGit(domain)]);
}

export async function removeGitSites(domains: readonly string[]): Promise<void> {
  for (const domain of domains) await exec([`${repository}/scripts/remove-site.sh`, domain, '--delete-data']);
  await exec(['systemctl', 'reset-failed']);
}

/** Pulls now; returns whether that succeeded, and the pull's output. */
export async function pull(domain: string): Promise<{ ok: boolean; said: string }> {
  const since = Date.now();
  const { code } = await tryExec(['systemctl', 'start', pullOf(domain)]);
  return { ok: code === 0, said: await journal([pullOf(domain)], since) };
}

/** Changes the source that a running site follows. */
export const follow = (domain: string, url: string) =>
  writeGitFile(`/data/domains/${domain}`, 'GITURL', `${url}\n`);

export const servedCommit = (domain: string): Promise<string> =>
  shell('basename "$(readlink "$1/www-content")" | cut -d- -f1', folderOf(domain));

/** The state that a page of the site shows now. */
export async function stateOf(domain: string, path = '/'): Promise<string> {
  const { status, body } = await fetchPage(domain, { path });
  const state = /<p>state (.*)<\/p>/.exec(body)?.[1];
  if (status !== 200 || state === undefined) throw new Error(`${path} is ${status}: ${body.slice(0, 100)}`);
  return state;
}

export function untilState(domain: string, state: string): Promise<true> {
  return waitFor(`${domain} to show ${state}`, async () => {
    const found = await stateOf(domain);
    if (found !== state) throw new Error(`it shows ${found}`);
    return true as const;
  });
}
