import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from './app.ts';
import { renderWelcomePage } from './welcome-page.ts';

/** A folder of files: the web root. */
export const staticApp: App = {
  name: 'static',
  data: ['static', 'www-content'],
  initial: 'a welcome page',
  async createInitial(folder, domain) {
    await writeFile(join(folder, 'index.html'), renderWelcomePage(domain), { flag: 'wx' });
  },
};
