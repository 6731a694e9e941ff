// What the sites of this host answer, and whether they still do after a change.
import { FreeholdError } from '@freehold/core/error';
import { type LostSite, lostSites } from '../../deploy/answers.ts';
import { eachAtOnce } from '../../each-at-once.ts';
import { servedStatus } from '../move/answers.ts';
import { showUnits } from '../systemd.ts';
import { waitUntil } from '../wait-until.ts';
import type { Apps, SwitchHere } from './host-here.ts';

/** By domain, the status of each site whose units are not off: also of one that has failed, or is started again and again. */
export async function readAnswers({ signal }: SwitchHere, { names }: Apps): Promise<Map<string, string>> {
  const patterns = names.map((app) => `${app}@*.service`);
  const units = await showUnits(patterns, ['ActiveState'], signal);
  const on = [...units].filter(([, properties]) => properties.get('ActiveState') !== 'inactive');
  const domains = new Set(on.map(([unit]) => unit.replace(/^[^@]*@/, '').replace(/\.service$/, '')));
  const answers = await eachAtOnce(
    [...domains],
    16,
    async (domain) => [domain, await servedStatus({ domain })] as const,
  );
  return new Map(answers);
}

/** @throws FreeholdError with the sites that answer worse than before after half a minute. */
export async function requireAnswers(
  host: SwitchHere,
  apps: Apps,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  let lost: LostSite[] = [];
  const areWell = async () => {
    lost = lostSites(before, await readAnswers(host, apps));
    return lost.length === 0;
  };
  if (await waitUntil(30, areWell, host)) return;
  const sentences = lost.map(
    (site) => `${site.domain} answered with status ${site.before} before, and answers with ${site.now} now.`,
  );
  throw new FreeholdError(sentences.join('\n'));
}
