// Which tests an image concerns that only some apps have, as the apps' declarations and the Dockerfiles say.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './test-files.ts';

interface Declaration {
  readonly app: string;
  readonly images: readonly string[];
  /** A host has it from its first page on: everything is tested with it. */
  readonly isEdge: boolean;
}

function readDeclarations(): Declaration[] {
  return globSync('unit-files/apps/*.conf', { cwd: root }).map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const images = /^Images=(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? [];
    return { app: basename(path, '.conf'), images, isEdge: /^EdgeOnly=yes$/m.test(text) };
  });
}

/** The image and all of ours that it is made from. */
function ingredientsOf(image: string): string[] {
  const file = join(root, 'images', image, 'Dockerfile');
  if (!existsSync(file)) return [image];
  const from = readFileSync(file, 'utf8').matchAll(
    /^(?:FROM |COPY --from=|RUN .*,from=)freehold\/([a-z-]+)/gm,
  );
  return [image, ...[...from].flatMap(([, name = '']) => ingredientsOf(name))];
}

/** Rows as in `concerns` of affected.ts: a folder of images/, and the tests of apps that have this image or are made from it. */
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
  // The edge's images, and what other images are made from too, concern everything.
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
