import { FreeholdError } from '@freehold/core/error';
import { runProgram } from '../run-program.ts';
import type { SiteHere } from './site-here.ts';

/** @throws FreeholdError if the site's unit does not start; what it printed last is reported. */
export async function startSite(site: SiteHere, app: string): Promise<void> {
  const { domain, signal } = site;
  const { code } = await runProgram('systemctl', ['start', `${app}@${domain}`], { signal });
  if (code === 0) return;
  const units = [`--unit=import@${domain}`, `--unit=${app}@${domain}`];
  const last = ['--no-pager', '--quiet', '--output=cat', '--lines=10', ...units];
  const { stdout } = await runProgram('journalctl', last, { signal });
  for (const line of stdout.trim().split('\n')) site.report(line);
  throw new FreeholdError(`${app}@${domain} did not start on this host. Its last messages are above.`);
}
