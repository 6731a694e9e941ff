import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { exists } from '../folder-state.ts';
import { root } from '../owners.ts';
import type { App } from './app.ts';

const rounds = 600_000;

/** The format that DokuWiki's PassHash::hash_djangopbkdf2_sha256 reads. */
function hash(password: string): string {
  const salt = randomBytes(9).toString('base64url');
  return `pbkdf2_sha256$${rounds}$${salt}$${pbkdf2Sync(password, salt, rounds, 32, 'sha256').toString('base64')}`;
}

/**
 * DokuWiki: everybody can read, and its owner can write. The owner's login is in wiki/login.txt, which only
 * root can read.
 */
export const app: App = {
  name: 'dokuwiki',
  needs: { kind: 'folder', path: ['dokuwiki', 'wiki'] },
  note: "Its owner's name and password are in dokuwiki/wiki/login.txt.",
  initial: {
    what: 'a new wiki',
    async create(folder, domain) {
      const password = randomBytes(15).toString('base64url');
      const write = (name: string, text: string) => writeFile(join(folder, name), text, { flag: 'wx' });
      for (const name of ['conf', 'data']) await mkdir(join(folder, name));
      await write('login.txt', `owner ${password}\n`);
      await write('conf/users.auth.php', `owner:${hash(password)}:Owner:owner@${domain}:admin,user\n`);
      await write('conf/acl.auth.php', '*\t@ALL\t1\n*\t@user\t8\n');
      const settings = {
        title: domain,
        useacl: 1,
        superuser: '@admin',
        savedir: '/srv/wiki/data',
        disableactions: 'register',
      };
      const lines = Object.entries(settings).map(([name, value]) => `$conf['${name}'] = '${value}';`);
      await write('conf/local.php', ['<?php', ...lines, ''].join('\n'));
    },
  },
  async check(tree) {
    if (await exists(join(tree, 'dokuwiki/wiki/conf/local.php'))) return;
    throw new FreeholdError(
      'it has no dokuwiki/wiki/conf/local.php, and without these settings everybody could change the wiki. Add its folder conf',
    );
  },
  rules: {
    dokuwiki: (names, kind, siteOwner) => {
      if (names.join('/') === 'wiki/login.txt') return { owner: root, mode: 0o600 };
      return { owner: names.length === 0 ? root : siteOwner, mode: kind === 'folder' ? 0o755 : 0o644 };
    },
  },
};
