// How the change is found that HAProxy refuses without naming a site. Pure: the reconciler asks what to try, and tells what
// came of it.

export type Search =
  /** All changes are tried at once. */
  | { readonly state: 'trying-all' }
  /** They were refused. What was served before is tried again: if that is refused too, no change is the offender. */
  | { readonly state: 'trying-none' }
  /** Among the first changes, so many as there are `suspects`, is an offender: the first `count` of them are tried. */
  | { readonly state: 'narrowing'; readonly count: number; readonly suspects: number }
  /** Some changes were accepted. All others are tried. */
  | { readonly state: 'trying-the-rest' };

export const firstStep: Search = { state: 'trying-all' };

/** How many of the changes that are left are to be tried. */
export function portion(search: Search, changes: number): number {
  if (search.state === 'trying-none') return 0;
  return search.state === 'narrowing' ? Math.min(search.count, changes) : changes;
}

/** `changes`: how many were left when HAProxy accepted the portion, which was not all of them. */
export function afterAccepted(search: Search, changes: number): Search {
  if (search.state === 'trying-none') return narrow(changes);
  if (search.state === 'narrowing' && search.suspects > search.count)
    return narrow(search.suspects - search.count);
  return { state: 'trying-the-rest' };
}

/** The next step; `blame` if the one change that was tried is the offender, `give-up` if none is. */
export function afterRefused(search: Search, tried: number): Search | 'blame' | 'give-up' {
  if (tried === 0) return 'give-up';
  if (search.state === 'trying-all') return { state: 'trying-none' };
  return tried === 1 ? 'blame' : narrow(tried);
}

function narrow(suspects: number): Search {
  return { state: 'narrowing', count: Math.ceil(suspects / 2), suspects };
}
