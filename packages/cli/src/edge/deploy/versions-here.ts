// The versions that this host has, on its disk and in its Docker.
import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keepsByHand, versionsToForget } from '../../deploy/versions.ts';
import type { VersionFolder } from '../../host/versions.ts';
import { runProgram } from '../run-program.ts';
import { docker, folderOf, imagesOf, lines, opt, type SwitchHere } from './host-here.ts';

const prefix = 'freehold-';
const forgottenPrefix = '.forgotten-';

export async function readVersionFolders(): Promise<VersionFolder[]> {
  const names = (await readdir(opt)).filter((name) => name.startsWith(prefix));
  const folders = await Promise.all(
    names.map(async (name) => {
      const found = await lstat(join(opt, name)).catch(() => undefined);
      return found?.isDirectory() ? [{ name, made: found.mtime }] : [];
    }),
  );
  return folders.flat();
}

/** The newest first. */
export async function listVersions(): Promise<string[]> {
  const folders = await readVersionFolders();
  const sorted = folders.sort((one, other) => other.made.getTime() - one.made.getTime());
  return sorted.map(({ name }) => name.slice(prefix.length));
}

/** With all of its images, by its own list. */
export async function isHere(host: SwitchHere, version: string): Promise<boolean> {
  const list = join(folderOf(version), 'scripts/setup/images.sh');
  if (!existsSync(list)) return false;
  const words = ['-c', `source "$1" && printf '%s\\n' "\${images[@]}"`, 'images', list];
  const { code, stdout } = await runProgram('bash', words, { signal: host.signal });
  return code === 0 && (await imagesOf(host, version)).length >= lines(stdout).length;
}

/**
 * Keeps what this host runs now, without a version, as 'by-hand'; undefined on a bare host.
 *
 * @throws FreeholdError if it cannot be kept.
 */
export async function keepByHand(host: SwitchHere): Promise<string | undefined> {
  const used = await realpath(join(opt, 'freehold')).catch(() => '');
  if (!keepsByHand({ path: used, hasScripts: existsSync(join(used, 'scripts')) })) return undefined;
  for (const image of await imagesOf(host, 'latest'))
    await docker(host, 'tag', `${image}:latest`, `${image}:by-hand`);
  const kept = folderOf('by-hand');
  if (used === kept) return 'by-hand';
  for (const old of [`${kept}.new`, kept]) await rm(old, { recursive: true, force: true });
  await mkdir(`${kept}.new`);
  for (const folder of ['scripts', 'unit-files']) {
    await cp(join(used, folder), join(`${kept}.new`, folder), {
      ...{ recursive: true, preserveTimestamps: true, verbatimSymlinks: true },
    });
  }
  await rename(`${kept}.new`, kept);
  return 'by-hand';
}

/**
 * Deletes old versions. One whose images a site still runs on is kept whole until that has been restarted, and tried again
 * at the next deploy.
 */
export async function forgetOld(host: SwitchHere, inUse: readonly string[]): Promise<void> {
  await removeForgotten();
  for (const version of versionsToForget(await listVersions(), inUse)) {
    const images = (await imagesOf(host, version)).map((image) => `${image}:${version}`);
    if (await isUsed(host, images)) continue;
    const { signal } = host;
    if (images.length > 0) {
      const { code } = await runProgram('docker', ['image', 'rm', ...images], { signal });
      if (code !== 0) continue;
    }
    host.report(`Deleted the old version ${version}`);
    // Half of one would pass for it.
    const forgotten = join(opt, `${forgottenPrefix}${version}`);
    await rename(folderOf(version), forgotten);
    await rm(forgotten, { recursive: true, force: true });
  }
}

/** What runs that were cut off have left. */
async function removeForgotten(): Promise<void> {
  const names = (await readdir(opt)).filter((name) => name.startsWith(forgottenPrefix));
  for (const name of names) await rm(join(opt, name), { recursive: true, force: true });
}

/** Whether a container is there of an image that this version alone has. */
async function isUsed(host: SwitchHere, images: readonly string[]): Promise<boolean> {
  for (const image of images) {
    const tags = await docker(host, 'image', 'inspect', '--format', '{{len .RepoTags}}', image);
    if (tags.trim() !== '1') continue;
    if ((await docker(host, 'ps', '--all', '--quiet', '--filter', `ancestor=${image}`)) !== '') return true;
  }
  return false;
}

/** All of a text file; '' if there is none. */
export function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
