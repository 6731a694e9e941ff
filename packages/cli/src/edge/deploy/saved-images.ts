// The images of a version as files: Docker saves whole images, once for all servers, and of the files each server is sent
// what it lacks.
import { link, lstat, mkdir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { knownFiles, type LocalImage, type Manifest } from '../../deploy/layers.ts';
import { type Checkout, docker, type Version } from './checkout.ts';
import { runHere } from './run-here.ts';

export interface SavedImages {
  readonly folder: string;
  /** The size of all files, by their paths as tar has them: './…'. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The files that a server does not need, by the layers of each image that it has. */
  known(layers: readonly (readonly string[])[]): string[];
}

/** Saves at the first call. What could not be saved for one server is tried again for the next. */
export function savedImages(
  checkout: Checkout,
  version: Version,
  folder: string,
): () => Promise<SavedImages> {
  let saved: Promise<SavedImages> | undefined;
  return () => {
    saved ??= save(checkout, version, folder).catch((error: unknown) => {
      saved = undefined;
      throw error;
    });
    return saved;
  };
}

async function save(checkout: Checkout, { images }: Version, folder: string): Promise<SavedImages> {
  const partial = `${folder}.new`;
  try {
    await mkdir(partial);
    const script =
      'set -o pipefail; folder=$1; shift; docker save "$@" | tar --extract --directory "$folder"';
    await runHere(checkout, 'bash', ['-c', script, 'save', partial, ...images], 'Docker did not save them.');
    await unlinkLayers(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    checkout.signal.throwIfAborted();
    const why = `The images could not be saved here, in ${tmpdir()}: ${reasonOf(error)}`;
    throw new FreeholdError(`${why} A deploy needs room for all of them there; TMPDIR names another place.`, {
      cause: error,
    });
  }
  const local = await describe(checkout, images);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  return {
    folder,
    sizes: await sizesIn(folder),
    known: (layers) => knownFiles(local, layers, manifest).map((file) => `./${file}`),
  };
}

async function describe(checkout: Checkout, images: readonly string[]): Promise<LocalImage[]> {
  const lines = await docker(checkout, 'image', 'inspect', '--format', '{{json .RootFS.Layers}}', ...images);
  const layers = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
  return images.map((tag, index) => ({ tag, layers: layers[index] ?? [] }));
}

/** Docker before 25 makes a symbolic link of a layer that it has saved for another image, and the other may be skipped. */
async function unlinkLayers(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!(await lstat(path)).isSymbolicLink()) continue;
    const target = await realpath(path);
    await rm(path);
    await link(target, path);
  }
}

async function sizesIn(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await lstat(join(folder, name));
    if (found.isFile()) sizes.set(`./${name}`, found.size);
  }
  return sizes;
}
