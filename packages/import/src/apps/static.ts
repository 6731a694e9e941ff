import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../owners.ts';
import type { App } from './app.ts';
import { renderWelcomePage } from './welcome-page.ts';

/** A folder of files: the web root. */
export const app: App = {
  name: 'static',
  needs: { kind: 'folder', path: ['static', 'www-content'] },
  servesPages: true,
  initial: {
    what: 'a welcome page',
    async create(folder, domain) {
      await writeFile(join(folder, 'index.html'), renderWelcomePage(domain), { flag: 'wx' });
    },
  },
  rules: {
    // The folder itself stays root's, so that nobody can replace the web root with a link.
    static: (names, kind, siteOwner) => ({
      owner: names.length === 0 ? root : siteOwner,
      mode: kind === 'folder' ? 0o755 : 0o644,
    }),
  },
};
