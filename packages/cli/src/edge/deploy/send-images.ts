// The images that one server lacks are sent to it, of them the layers that it lacks.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { formatSize, parseLayers } from '../../deploy/layers.ts';
import { callServer, sendToServer } from '../connection.ts';
import type { ServerWork } from '../each-server.ts';
import { type Checkout, docker, type Version } from './checkout.ts';
import type { HeldForRun } from './hold.ts';
import type { SavedImages } from './saved-images.ts';

interface Sending {
  readonly checkout: Checkout;
  readonly version: Version;
  readonly save: () => Promise<SavedImages>;
}

// An image that it has already, by another version's name, gets this one's.
const tagKnown = 'while [ $# -gt 0 ]; do docker tag "$1" "$2" 2>/dev/null || echo "$2"; shift 2; done';
const listLayers = `docker image ls --quiet --no-trunc | sort -u \\
  | xargs --no-run-if-empty docker image inspect --format "{{json .RootFS.Layers}}"`;

/** @throws FreeholdError if the server is lost, has no room, or its Docker does not take them. */
export async function sendImages(one: ServerWork, held: HeldForRun, sending: Sending): Promise<void> {
  const { checkout, version, save } = sending;
  const ids = await docker(checkout, 'image', 'inspect', '--format', '{{.Id}}', ...version.images);
  const pairs = ids
    .trim()
    .split('\n')
    .flatMap((id, index) => [id, version.images[index] ?? '']);
  if ((await ask(one, held.guard(['bash', '-c', tagKnown, 'tag', ...pairs]))) === '') return;
  const layers = await ask(one, ['bash', '-c', listLayers]);
  const saved = await save();
  const known = saved.known(parseLayers(layers));
  await load(one, held, saved, known);
}

async function ask({ connection }: ServerWork, words: readonly string[]): Promise<string> {
  const { code, output } = await callServer(connection, words);
  if (code === 0) return output;
  throw new FreeholdError(`Docker there did not tell which images it has (exit code ${code}).`);
}

async function load(
  one: ServerWork,
  held: HeldForRun,
  saved: SavedImages,
  known: readonly string[],
): Promise<void> {
  const total = [...saved.sizes.values()].reduce((sum, size) => sum + size, 0);
  const without = known.reduce((sum, file) => sum + (saved.sizes.get(file) ?? 0), 0);
  one.report(
    `Sending images: ${formatSize(total - without)} of ${formatSize(total)}, because the server has the other layers`,
  );
  const first = await pipe(one, held, saved, known);
  if (first.code === 0) return;
  // More is no help to a server that has no room.
  if (first.said.some((line) => /no space left/i.test(line))) throw failure(first.code);
  one.report('Docker on the server cannot load only some layers: sending all');
  const { code } = await pipe(one, held, saved, []);
  if (code !== 0) throw failure(code);
}

const failure = (code: number) =>
  new FreeholdError(`Docker on the server did not load the images (exit code ${code}); the reason is above.`);

async function pipe(
  { connection, print, server }: ServerWork,
  held: HeldForRun,
  { folder }: SavedImages,
  known: readonly string[],
): Promise<{ code: number; said: readonly string[] }> {
  const list = join(connection.folder, `known-${server}`);
  await writeFile(list, known.map((file) => `${file}\n`).join(''));
  const said: string[] = [];
  const report = (line: string) => {
    said.push(line);
    print(line);
  };
  const exclude = ['--anchored', '--no-wildcards', '--exclude-from', list];
  const { code } = await sendToServer(
    { ...connection, report },
    ['tar', '--create', '--use-compress-program', 'gzip -1', '--directory', folder, ...exclude, '.'],
    held.guard(['docker', 'load', '--quiet']),
  );
  return { code, said };
}
