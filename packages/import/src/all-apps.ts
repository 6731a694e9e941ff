// The apps: whatever a file of apps/ exports as `app`. The bundler puts imports of all of them in the place of this file
// (packages/build/src/inline-apps.ts), as a bundle has no folder to look into.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from './apps/app.ts';

const folder = join(import.meta.dirname, 'apps');
const files = globSync('*.ts', { cwd: folder, exclude: ['*.test.ts'] }).sort();
const modules: { app?: App }[] = await Promise.all(files.map((file) => import(join(folder, file))));

/** By the names of their files. */
export const allApps: readonly App[] = modules.flatMap(({ app }) => app ?? []);
