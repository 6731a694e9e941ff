// What lies on disk for a HAProxy that is not there. Pure.

/** How long an absent HAProxy is given to start on files that it once accepted, in milliseconds. */
const patienceMs = 5000;

/**
 * Which files are on disk when HAProxy has been absent for so many milliseconds. It may be about to start on the files
 * that it accepted last: it gets the time. After that the newest ones, which nothing has tried yet, and so in turns, each
 * twice as long as the one before: neither an error in these nor one in those keeps it down for good.
 */
export function filesForAbsent(absentMs: number): 'accepted' | 'newest' {
  let [turn, end] = [patienceMs, patienceMs];
  for (
    let files: 'accepted' | 'newest' = 'accepted';
    ;
    files = files === 'accepted' ? 'newest' : 'accepted'
  ) {
    if (absentMs < end) return files;
    turn *= 2;
    end += turn;
  }
}
