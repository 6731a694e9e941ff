// Which files of saved images a server does not need. Docker needs a layer's file only when it lacks the layer below the same
// ones (docker save and load, image specification v1.2: https://github.com/moby/docker-image-spec).

/** An image here, by its name and tag, and the ids of its layers from the lowest on. */
export interface LocalImage {
  readonly tag: string;
  readonly layers: readonly string[];
}

/** manifest.json of saved images; its layers are in the same order. */
export type Manifest = readonly {
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}[];

/** The layers of each image, of lines of JSON. An image without layers has null. */
export function parseLayers(text: string): string[][] {
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as string[] | null) ?? []]));
}

/** For each layer, itself and all below it. */
function chainsOf(layers: readonly string[]): string[] {
  return layers.map((_, index) => layers.slice(0, index + 1).join(' '));
}

/**
 * The files of layers that the server has.
 *
 * @param known the layers of each image that the server's Docker has.
 */
export function knownFiles(
  images: readonly LocalImage[],
  known: readonly (readonly string[])[],
  manifest: Manifest,
): string[] {
  const has = new Set(known.flatMap(chainsOf));
  const chains = new Map(images.map(({ tag, layers }) => [tag, chainsOf(layers)]));
  const isKnown = new Map<string, boolean>();
  for (const { RepoTags: tags, Layers: files } of manifest) {
    for (const own of tags.map((tag) => chains.get(tag))) {
      for (const [index, file] of files.entries()) {
        const chain = own?.[index];
        isKnown.set(file, (isKnown.get(file) ?? true) && chain !== undefined && has.has(chain));
      }
    }
  }
  return [...isKnown].flatMap(([file, known]) => (known ? [file] : []));
}

/** As in '177k' or '1.2G', rounded up. */
export function formatSize(bytes: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = value < 10 && unit > 0 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value));
  return `${text}${units[unit]}`;
}
