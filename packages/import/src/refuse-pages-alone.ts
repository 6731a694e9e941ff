import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { App } from './apps/app.ts';
import { findArrangement } from './archive/arrange.ts';
import { exists } from './folder-state.ts';
import type { Layout } from './layout.ts';

/**
 * Pages that were put into /data/import without the folders around them stay there, since a folder is moved,
 * not rearranged.
 *
 * @throws FreeholdError, without its subject, with the commands that rearrange them.
 */
export async function refusePagesAlone({ upload }: Layout, app: App): Promise<void> {
  if (!app.servesPages) return;
  const found = await findArrangement(upload, app);
  if (found.kind === 'unknown' || (found.kind === 'tree' && found.at.length === 0)) return;
  const at = join(upload, ...found.at);
  const needed = app.needs.path.join('/');
  if (found.kind === 'tree') {
    throw new FreeholdError(`its ${needed} is in ${at}. Move it up with: mv ${at}/* ${upload}/`);
  }
  const aside = `${upload}.moved`;
  const web = join(upload, needed);
  const commands = [`mv ${at} ${aside}`, `mkdir -p ${dirname(web)}`, `mv ${aside} ${web}`];
  // It may contain the key of a certificate, which must not be published.
  if (at === upload && (await exists(join(at, 'TLS')))) commands.push(`mv ${web}/TLS ${upload}/`);
  throw new FreeholdError(`its pages are in ${at}, not in ${web}. Move them with: ${commands.join(' && ')}`);
}
