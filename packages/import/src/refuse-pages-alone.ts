import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { App } from './apps/app.ts';
import { findArrangement } from './archive/arrange.ts';
import { exists } from './folder-state.ts';
import type { Layout } from './layout.ts';

/**
 * Pages that were put into /data/import without the folders around them stay there, as a folder is moved and not rebuilt.
 *
 * @throws FreeholdError, without its subject, with the commands that put them in order.
 */
export async function refusePagesAlone({ delivery }: Layout, app: App): Promise<void> {
  if (!app.servesPages) return;
  const found = await findArrangement(delivery, app);
  if (found.kind === 'unknown' || (found.kind === 'tree' && found.at.length === 0)) return;
  const at = join(delivery, ...found.at);
  const needed = app.needs.path.join('/');
  if (found.kind === 'tree') {
    throw new FreeholdError(`its ${needed} is in ${at}. Move it up with: mv ${at}/* ${delivery}/`);
  }
  const aside = `${delivery}.moved`;
  const web = join(delivery, needed);
  const commands = [`mv ${at} ${aside}`, `mkdir -p ${dirname(web)}`, `mv ${aside} ${web}`];
  // It may hold the key of a certificate, which nobody wants published.
  if (at === delivery && (await exists(join(at, 'TLS')))) commands.push(`mv ${web}/TLS ${delivery}/`);
  throw new FreeholdError(`its pages are in ${at}, not in ${web}. Move them with: ${commands.join(' && ')}`);
}
