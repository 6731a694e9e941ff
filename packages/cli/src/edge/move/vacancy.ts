// A move changes nothing that is on this host already.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { isUploadFor } from '@freehold/core/uploads';
import { appHere, type SiteHere } from './site-here.ts';

/** @throws FreeholdError if the site, or data of it, is here. */
export async function checkVacant(site: SiteHere): Promise<void> {
  const { domain } = site;
  const folders = [`/data/domains/${domain}`, `/data/runtime/domains/${domain}`].filter(existsSync);
  const uploads = (await readdir('/data/import').catch(() => [])).filter((name) => isUploadFor(name, domain));
  const [found] = [...folders, ...uploads.map((name) => join('/data/import', name))];
  if (found !== undefined) {
    throw new FreeholdError(
      `${found} exists on this host already, and a move overwrites nothing. Move it away first.`,
    );
  }
  const app = await appHere(site);
  if (app === undefined) return;
  throw new FreeholdError(
    `${app}@${domain} is a site of this host already, and a move overwrites nothing. Remove it first.`,
  );
}
