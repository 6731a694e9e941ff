// What lies on disk for a HAProxy that is not there. Pure.

/** What is on disk, and for how many milliseconds before it is the other's turn. */
interface Turn {
  readonly files: 'accepted' | 'newest';
  readonly ms: number;
}

/** It may be about to start on the files that it accepted last: it gets 5 s. */
const firstTurn: Turn = { files: 'accepted', ms: 5000 };

/** Each turn is twice as long as the one before: neither an error in these files nor one in those keeps HAProxy down for good. */
function turnAfter({ files, ms }: Turn): Turn {
  return { files: files === 'accepted' ? 'newest' : 'accepted', ms: ms * 2 };
}

/**
 * Which files are on disk when HAProxy has been absent for so many milliseconds: those that it accepted last, then the
 * newest ones, which nothing has tried yet, and so in turns.
 */
export function filesForAbsent(absentMs: number): Turn['files'] {
  let turn = firstTurn;
  for (let left = absentMs; left >= turn.ms; turn = turnAfter(turn)) left -= turn.ms;
  return turn.files;
}
