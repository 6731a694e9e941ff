import { parseCanonicalDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { createReport } from '../edge/deploy/clock.ts';
import { dumpSite, planDump } from '../edge/dump/dump-site.ts';
import { endBySigterm } from '../edge/end-by-sigterm.ts';
import { siteHere } from '../edge/move/site-here.ts';

/** Writes a site's database to a file in its folder. */
export async function dumpDatabase(call: Call): Promise<void> {
  const report = createReport(call.env);
  const site = await siteHere(parseCanonicalDomain(call.args[0] ?? ''), call, report);
  if (call.options.dryRun) {
    const { file, rules } = await planDump(site);
    process.stdout.write(
      `Would write the database of ${rules.database}@${site.domain} to ${file}. Nothing was changed.\n`,
    );
    return;
  }
  try {
    report(await dumpSite(site));
  } catch (error) {
    if (call.signal.aborted) {
      call.log.error(reasonOf(error));
      endBySigterm();
    }
    throw error;
  }
}
