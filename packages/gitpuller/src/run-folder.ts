// One temporary folder for each run, with all files that git and ssh read. Nothing in it outlives the run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credential, GitUrl } from './git-url.ts';
import type { SshKey } from './owner-files.ts';
import { type GitConfig, renderGitConfig } from './render-git-config.ts';
import { renderSshConfig } from './render-ssh-config.ts';

export interface RunFolder {
  readonly path: string;
  /** Writes a configuration for git and returns its path. */
  writeConfig(name: string, config: GitConfig): Promise<string>;
  /** Writes the files for ssh and returns the path of its configuration. */
  writeSsh(ssh: { key: SshKey | undefined; knownHosts: string; stallSeconds: number }): Promise<string>;
  /** Writes a credential for one server and returns its path. On a command line everyone could read it. */
  writeCredential(name: string, url: GitUrl['url'], credential: Credential): Promise<string>;
  remove(): Promise<void>;
}

export async function makeRunFolder(): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), 'gitpuller-'));
  const write = async (name: string, text: string) => {
    await writeFile(join(path, name), text, { mode: 0o600, flag: 'wx' });
    return join(path, name);
  };
  return {
    path,
    writeConfig: (name, config) => write(name, renderGitConfig(config)),
    async writeSsh({ key, knownHosts, stallSeconds }) {
      const hosts = await write('known_hosts', knownHosts);
      // A copy, since ssh refuses a key that others might read, whatever the mode of the owner's file.
      const copy = key && (await write('key', key.text));
      return write('ssh_config', renderSshConfig({ knownHosts: hosts, key: copy, stallSeconds }));
    },
    writeCredential: (name, url, credential) => write(name, renderCredential(url, credential)),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/**
 * One line in the format of git-credential-store(1): for this server, whatever the path. git compares the
 * host with its own URL letter by letter, so it must not be normalized by `new URL` to lower case and without
 * :443.
 */
function renderCredential(url: string, { username, password }: Credential): string {
  const host = /^https:\/\/([^/]+)/.exec(url)?.[1];
  return `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}\n`;
}
