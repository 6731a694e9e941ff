// The apps: everything that a file of apps/ exports as `app`. The bundler replaces this file with imports of
// all of them (packages/build/src/inline-apps.ts), since a bundle has no folder to read.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from './apps/app.ts';

const folder = join(import.meta.dirname, 'apps');
const files = globSync('*.ts', { cwd: folder, exclude: ['*.test.ts'] }).sort();
const modules: { app?: App }[] = await Promise.all(files.map((file) => import(join(folder, file))));

/** Keyed by the names of their files. */
export const allApps: readonly App[] = modules.flatMap(({ app }) => app ?? []);
