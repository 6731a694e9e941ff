import type { Call } from '../command.ts';
import { addSiteHere } from '../edge/add/add-site-here.ts';

/** Adds a site to this host, or to the server of --on. */
export async function addSite(call: Call): Promise<void> {
  if (call.options.on === undefined) return addSiteHere(call);
  return (await import('../edge/add/add-site-there.ts')).addSiteThere(call);
}
