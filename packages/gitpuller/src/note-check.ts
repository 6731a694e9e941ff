// What images/gitpuller/check.sh needs to find out, without Node and without a container, that a pull would find nothing
// new: the folder `check`. Without it, or where anything differs, a whole pull is made. No secret is written to it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** The files that a pull depends on, in the order in which check.sh reads them. */
const ownerFiles = ['GITURL', 'id_ed25519', 'id_ecdsa', 'id_rsa', 'known_hosts', 'WEBHOOK_SECRET'];

/** Of such a user and password, what is written in GITURL is also what git-credential-store(1) wants. */
const plain = /^[\w.~%-]*$/;

/** The owner's files as lines of sha256sum(1). To be read before the pull reads them, so that no later change is missed. */
export async function describeOwnerFiles({ home }: Layout): Promise<string> {
  const lines = await Promise.all(ownerFiles.map((name) => describeOwnerFile(home, name)));
  return lines.filter((line) => line !== '').join('\n');
}

async function describeOwnerFile(folder: string, name: string): Promise<string> {
  try {
    if (!(await lstat(join(folder, name))).isFile()) return '';
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
    return `${hash.digest('hex')}  ${name}`;
  } catch {
    // Not there, or not to be read, as for sha256sum.
    return '';
  }
}

/**
 * Notes that the site serves what the remote has. `ownerFiles` is what `describeOwnerFiles` gave before the pull, and
 * `sentence` what check.sh says for as long as nothing has changed. Writes nothing where all that is noted already.
 */
export async function noteCheck(
  site: Site,
  found: { ownerFiles: string; wanted: Wanted; sentence: string },
): Promise<void> {
  const { layout, settings } = site;
  const remote = await site.remote();
  const served = await readPublished(layout, 'served');
  if (served === undefined || !canBeChecked(remote, settings)) {
    return rm(layout.check, { recursive: true, force: true });
  }
  const expected = [
    describeSettings(settings),
    found.ownerFiles,
    `worktrees/${served.name}`,
    await describeIndex(layout, served),
    found.wanted.said.trimEnd(),
  ].join('\n');
  const file = join(layout.check, 'expected');
  if ((await readFile(file, 'utf8').catch(() => '')) === `${expected}\n`) return;
  await rm(layout.check, { recursive: true, force: true });
  await mkdir(layout.check, { mode: 0o700 });
  for (const [name, text] of files(site, remote, found.sentence))
    await writeFile(join(layout.check, name), text);
  // Last: without it, the others do not count.
  await writeAtomic(file, `${expected}\n`);
}

function canBeChecked({ kind, credential }: Remote, { submodules }: Settings): boolean {
  return kind !== 'path' && !submodules && (credential?.written ?? []).every((word) => plain.test(word));
}

/** In check.sh, the same from the environment. */
function describeSettings({ depth, limits, stallSeconds }: Settings): string {
  return `${depth} ${limits.maxBytes / 1e6} ${limits.maxFiles} ${stallSeconds}`;
}

/** After `cp -a` or `chown -R` it is another, and then a pull has to bring it up to date: see worktree.ts. */
async function describeIndex(layout: Layout, served: Worktree): Promise<string> {
  const { ino, ctimeMs } = await lstat(indexOf(layout, served));
  return `${ino} ${Math.floor(ctimeMs / 1000)}`;
}

/** What check.sh reads besides `expected`. It writes the credential and the key to its own temporary folder itself. */
function files({ layout, settings }: Site, remote: Remote, sentence: string): [name: string, text: string][] {
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
    ['sentence', `${sentence}\n`],
  ];
  if (sshConfig === undefined) return all;
  const ssh = { knownHosts: join(layout.home, 'known_hosts'), key: key && temporary('key'), stallSeconds };
  return [...all, ['ssh_config', renderSshConfig(ssh)]];
}
