import { parseCanonicalDomain } from '@freehold/core/domain';
import { printLines } from '@freehold/core/print-lines';
import type { Call } from '../command.ts';
import { holdDomain } from '../edge/add/adding.ts';
import { createReport } from '../edge/deploy/clock.ts';
import { siteHere } from '../edge/move/site-here.ts';
import { predictRemoval, removeSite, reportRemoval } from '../edge/remove/remove-site.ts';

/** Removes a site from this host; its data stays unless --delete-data was given. */
export async function removeSiteHere(call: Call): Promise<void> {
  const { args, env, options } = call;
  const report = createReport(env);
  const domain = parseCanonicalDomain(args[0] ?? '');
  const site = await siteHere(domain, call, report);
  const deletesData = options.deleteData === true;
  if (options.dryRun) return printLines(await predictRemoval(site, deletesData));
  // What another run adds meanwhile would be deleted.
  const lock = await holdDomain(domain, call.signal);
  try {
    report(await reportRemoval(await removeSite(site, deletesData)));
  } finally {
    await lock.release();
  }
}
