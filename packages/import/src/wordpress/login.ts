// The first administrator of a new WordPress. The image installs it with the same password
// (images/wordpress/php/install.php): both derive it from SALT, so that it is in no environment and on no
// command line, and the file exists before the site.
import { createHmac } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import { readInside } from '@freehold/core/read-inside';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { Rule } from '../apps/app.ts';
import { exists } from '../folder-state.ts';

export const administrator = 'owner';

/** 144 bits, as base64url. */
export function administratorPassword(salt: string, domain: string): string {
  const digest = createHmac('sha256', salt).update(`administrator of ${domain}`).digest();
  return digest.subarray(0, 18).toString('base64url');
}

/**
 * Writes login.txt of a site that is installed at its next start. An uploaded one would belong to another
 * database.
 */
export async function writeLogin(
  home: string,
  { domain, salt, rule, log }: { domain: string; salt: string; rule: Rule; log: Log },
): Promise<void> {
  const path = join(home, 'wordpress/login.txt');
  const text = `${administrator} ${administratorPassword(salt, domain)}\n`;
  const before = await readInside(home, ['wordpress', 'login.txt'], { maxBytes: 64 * 1024 });
  if (before?.text === text) return;
  if (before !== undefined) await rename(path, `${path}.old`);
  const owner = process.getuid?.() === 0 ? rule.owner : undefined;
  await writeAtomic(path, text, { mode: rule.mode, owner });
  log.notice(
    `WordPress is installed when ${domain} starts. The administrator's name and password are in ${path}.`,
  );
}

/**
 * Whether the database, or the dump that it is created from, contains a WordPress; `dataFiles` is MariaDB's
 * folder.
 */
export async function isInstalled(
  home: string,
  { dataFiles, database, prefix }: { dataFiles: string; database: string; prefix: string },
): Promise<boolean> {
  if (!(await exists(dataFiles))) return exists(join(home, 'mysql/dump.sql'));
  // As left by an interrupted installation (images/wordpress/php/site-state.php).
  if (await exists(join(dataFiles, database, 'freehold_installing.frm'))) return false;
  const folder = join(dataFiles, database);
  return exists(join(folder, `${prefix}options.frm`));
}
