// import reads its apps from a folder at start. A bundle has no such folder, so the bundler imports its files
// instead.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Replaces packages/import/src/all-apps.ts with one import for each file in the folder apps beside it. */
export const inlineApps: Plugin = {
  name: 'inline-apps',
  setup(build) {
    build.onLoad({ filter: /import[\\/]src[\\/]all-apps\.ts$/ }, ({ path }) => {
      const resolveDir = dirname(path);
      const folder = join(resolveDir, 'apps');
      const files = globSync('*.ts', { cwd: folder, exclude: ['*.test.ts'] }).sort();
      if (files.length === 0) throw new Error(`There are no apps in ${folder}; see ${import.meta.filename}`);
      const imports = files.map((file, index) => `import * as file${index} from './apps/${file}';`);
      const names = files.map((_file, index) => `file${index}`).join(', ');
      const apps = `export const allApps = [${names}].flatMap(({ app }) => app ?? []);`;
      return { contents: [...imports, apps].join('\n'), loader: 'js', resolveDir };
    });
  },
};
