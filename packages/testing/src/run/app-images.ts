// Determines which tests an image concerns that belongs to only some apps, from the apps' declarations and
// the Dockerfiles.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './test-files.ts';

interface Declaration {
  readonly app: string;
  readonly images: readonly string[];
  /** Every host uses it from its first page on: all tests concern it. */
  readonly isEdge: boolean;
}

function readDeclarations(): Declaration[] {
  return globSync('unit-files/apps/*.conf', { cwd: root }).map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const images = /^Images=(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? [];
    return { app: basename(path, '.conf'), images, isEdge: /^EdgeOnly=yes$/m.test(text) };
  });
}

/** The image and all of ours that it is built from. */
function ingredientsOf(image: string): string[] {
  const file = join(root, 'images', image, 'Dockerfile');
  if (!existsSync(file)) return [image];
  const from = readFileSync(file, 'utf8').matchAll(
    /^(?:FROM |COPY --from=|RUN .*,from=)freehold\/([a-z-]+)/gm,
  );
  return [image, ...[...from].flatMap(([, name = '']) => ingredientsOf(name))];
}

/**
 * Rows as in `concerns` of affected.ts: a folder of images/, and the tests of apps that use this image or one
 * built from it.
 */
export function imageConcerns(): (readonly [changed: RegExp, tests: RegExp])[] {
  const declarations = readDeclarations();
  const edge = new Set(declarations.flatMap(({ images, isEdge }) => (isEdge ? images : [])));
  const words = new Map<string, string[]>();
  for (const { app, images, isEdge } of declarations) {
    const own = isEdge ? [] : images.filter((image) => !edge.has(image));
    for (const image of own.flatMap(ingredientsOf)) {
      words.set(image, [...(words.get(image) ?? []), app, ...own]);
    }
  }
  // The edge's images, and those that other images are built from, concern everything.
  const others = globSync('images/*/Dockerfile', { cwd: root }).map((path) => basename(dirname(path)));
  const shared = new Set(
    others.filter((image) => edge.has(image) || !words.has(image)).flatMap(ingredientsOf),
  );
  const rows = [...words].filter(([image]) => !shared.has(image));
  return rows.map(([image, names]) => [
    new RegExp(`^images/${image}/`),
    new RegExp(`e2e/src/.*(${[...new Set(names)].join('|')})`),
  ]);
}
