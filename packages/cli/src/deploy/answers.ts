// What sites answer before and after a switch of versions.

/** A site that answers worse than before. */
export interface LostSite {
  readonly domain: string;
  readonly before: string;
  readonly now: string;
}

/** Three digits of HTTP; a 5xx is of the edge, which reaches no site. */
export function isAnswer(status: string): boolean {
  return /^[1-4]/.test(status);
}

/** Also 404 instead of a page, as the edge itself answers for a name that it has lost. */
function isWorse(before: string, now: string): boolean {
  return !isAnswer(now) || (/^[23]/.test(before) && now.startsWith('4'));
}

/** Sites that did not answer before do not count: a failure of their own is nobody else's. One that is off by now is not in `now`. */
export function lostSites(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): LostSite[] {
  return [...now].flatMap(([domain, status]) => {
    const known = before.get(domain);
    const isLost = known !== undefined && isAnswer(known) && isWorse(known, status);
    return isLost ? [{ domain, before: known, now: status }] : [];
  });
}
