// Writes the folder `check`, with which images/gitpuller/check.sh determines, without Node and without a
// container, that a pull would find nothing new. Without it, or if anything differs, a whole pull runs. It
// contains no secret except the SHA-256 of each file that has one.
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInside } from '@freehold/core/read-inside';
import { writeAtomic } from '@freehold/core/write-atomic';
import { refPatterns, type Wanted } from './ask-remote.ts';
import type { Layout } from './layout.ts';
import { readPublished, type Worktree } from './links.ts';
import type { Remote } from './remote.ts';
import { renderGitConfig } from './render-git-config.ts';
import { renderSshConfig } from './render-ssh-config.ts';
import type { Settings } from './settings.ts';
import type { Site } from './site.ts';
import { indexOf } from './worktree.ts';

/** The files that affect a pull, in the order in which check.sh reads them. */
const ownerFiles = ['GITURL', 'id_ed25519', 'id_ecdsa', 'id_rsa', 'known_hosts', 'WEBHOOK_SECRET'];

/** For such a user and password, the text in GITURL is also the format of git-credential-store(1). */
const plain = /^[\w.~%-]*$/;

/**
 * The owner's files as lines of sha256sum(1); undefined if one of them is not a regular file of a common
 * size. They must be read before the pull reads them, so that no later change is missed.
 */
export async function describeOwnerFiles({ data, domain }: Layout): Promise<string | undefined> {
  const lines: string[] = [];
  try {
    for (const name of ownerFiles) {
      const names = ['domains', domain, 'static-git', name];
      const file = await readInside(data, names, { maxBytes: 1_048_576 });
      if (file) lines.push(`${createHash('sha256').update(file.text).digest('hex')}  ${name}`);
    }
  } catch {
    return undefined;
  }
  return lines.join('\n');
}

/**
 * Notes that the site serves `commit`, after the remote has answered `wanted`, together with the result of
 * `describeOwnerFiles` from before the pull. Writes nothing if all of it is noted already, and removes the
 * note if check.sh could not decide.
 */
export async function noteCheck(
  site: Site,
  found: { ownerFiles: string | undefined; wanted: Wanted; commit: string },
): Promise<void> {
  const { layout, settings } = site;
  const remote = await site.remote();
  const served = await readPublished(layout, 'served');
  if (found.ownerFiles === undefined || served?.commit !== found.commit || !canBeChecked(remote, settings)) {
    return rm(layout.check, { recursive: true, force: true });
  }
  const expected = [
    describeSettings(settings),
    found.ownerFiles,
    `worktrees/${served.name}`,
    await describeIndex(layout, served),
    found.wanted.printed.trimEnd(),
  ].join('\n');
  const file = join(layout.check, 'expected');
  if ((await readFile(file, 'utf8').catch(() => '')) === `${expected}\n`) return;
  await rm(layout.check, { recursive: true, force: true });
  await mkdir(layout.check, { mode: 0o700 });
  for (const [name, text] of files(site, remote)) await writeFile(join(layout.check, name), text);
  // Last: without it, the other files have no effect.
  await writeAtomic(file, `${expected}\n`);
}

function canBeChecked({ kind, credential }: Remote, { submodules }: Settings): boolean {
  return kind !== 'path' && !submodules && (credential?.written ?? []).every((word) => plain.test(word));
}

/** check.sh reads the same from the environment. */
function describeSettings({ depth, limits, stallSeconds }: Settings): string {
  return `${depth} ${limits.maxBytes / 1e6} ${limits.maxFiles} ${stallSeconds}`;
}

/** After `cp -a` or `chown -R` it differs, and a pull must update it: see worktree.ts. */
async function describeIndex(layout: Layout, served: Worktree): Promise<string> {
  const { ino, ctimeMs } = await lstat(indexOf(layout, served));
  return `${ino} ${Math.floor(ctimeMs / 1000)}`;
}

/**
 * The other files that check.sh reads besides `expected`. It writes the credential and the key to its own
 * temporary folder.
 */
function files({ layout, settings }: Site, remote: Remote): [name: string, text: string][] {
  const { kind, url, ref, key, credential } = remote;
  const { stallSeconds } = settings;
  const temporary = (name: string) => join(tmpdir(), name);
  const sshConfig = kind === 'ssh' ? join(layout.check, 'ssh_config') : undefined;
  const config = renderGitConfig({
    protocols: kind === 'path' ? [] : [kind],
    stallSeconds,
    sshConfig,
    credentials: credential && temporary('credentials'),
  });
  const all: [string, string][] = [
    ['git-config', config],
    ['remote', `${[url, ...refPatterns(ref)].join('\n')}\n`],
  ];
  if (sshConfig === undefined) return all;
  const ssh = { knownHosts: join(layout.home, 'known_hosts'), key: key && temporary('key'), stallSeconds };
  return [...all, ['ssh_config', renderSshConfig(ssh)]];
}
