// The files of a toy app, as docs/how-to/add-an-app.md says, and no others: pages that nginx serves.
import { readFile } from 'node:fs/promises';

const dockerfile = `# A toy: pages that nginx serves.
FROM freehold/static
LABEL org.opencontainers.image.title="freehold toy"
COPY toy/404.html /etc/nginx/pages/404.html
`;

const importPart = `import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../owners.ts';
import type { App } from './app.ts';

export const app: App = {
  name: 'toy',
  needs: { kind: 'folder', path: ['toy', 'pages'] },
  initial: {
    what: 'a toy',
    create: (folder, domain) =>
      writeFile(join(folder, 'index.html'), \`A toy for \${domain}\\n\`, { flag: 'wx' }),
  },
  rules: {
    toy: (names, kind, siteOwner) => ({
      owner: names.length === 0 ? root : siteOwner,
      mode: kind === 'folder' ? 0o755 : 0o644,
    }),
  },
};
`;

/** static@.service as the page tells to change it. */
function unitFrom(staticUnit: string): string {
  return staticUnit
    .replaceAll('static_%i', 'toy_%i')
    .replace('freehold.app=static', 'freehold.app=toy')
    .replace('source=/data/domains/%i/static/www-content', 'source=/data/domains/%i/toy/pages')
    .replace('freehold/static', 'freehold/toy')
    .replace('Description=Static site', 'Description=Toy')
    .replace('ExecStartPre=', 'ExecStartPre=sh /usr/local/lib/freehold/await-image.sh toy\nExecStartPre=');
}

/** What each file holds, by its path in the repository `root`. */
export async function toyFiles(root: string): Promise<Record<string, string>> {
  return {
    'images/toy/404.html': 'The toy has no such page\n',
    'images/toy/Dockerfile': dockerfile,
    'packages/import/src/apps/toy.ts': importPart,
    'unit-files/apps/toy.conf': 'Images=toy\nTest=toy nginx -v\nData=toy\n',
    'unit-files/retry-on-change@.path.d/toy.conf': '[Path]\nPathChanged=/data/domains/%i/toy\n',
    'unit-files/toy@.service': unitFrom(await readFile(`${root}/unit-files/static@.service`, 'utf8')),
  };
}
