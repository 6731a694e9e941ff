import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Fault } from '@freehold/core/report-faults';
import type { Forwards } from './forward.ts';
import { readLocalDestinations, readLocalForwards } from './read-local.ts';

/** What a person has set by hand. */
export interface LocalFiles {
  readonly forwards: Forwards;
  readonly destinations: ReadonlySet<Domain>;
  readonly faults: readonly Fault[];
}

/**
 * Makes a reader of `forwards.local` and `destinations.local`. One that cannot be read is a fault, and what was read of it
 * last counts.
 *
 * @throws FreeholdError (the reader) for one that has never been read: without it, what it forwards would be refused.
 */
export function createLocalReader(options: { folder: string; limit: number }): () => Promise<LocalFiles> {
  const names = { forwards: 'forwards.local', destinations: 'destinations.local' };
  const readForwards = createTextReader(options.folder, names.forwards);
  const readDestinations = createTextReader(options.folder, names.destinations);
  return async () => {
    const [one, other] = [await readForwards(), await readDestinations()];
    const { forwards, faults } = readLocalForwards(one.text, { file: names.forwards, limit: options.limit });
    const more = readLocalDestinations(other.text, names.destinations);
    return {
      forwards,
      destinations: more.domains,
      faults: [...one.faults, ...faults, ...other.faults, ...more.faults],
    };
  };
}

/** A file that is not there is an empty one. */
function createTextReader(folder: string, name: string): () => Promise<{ text: string; faults: Fault[] }> {
  const path = join(folder, name);
  let last: string | undefined;
  return async () => {
    try {
      last = await readFile(path, 'utf8');
      return { text: last, faults: [] };
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') {
        last = '';
        return { text: '', faults: [] };
      }
      const why = `it could not be read (${code})${code === 'EACCES' ? ` by the user ${process.geteuid?.()}: chmod 644 ${path}` : ''}`;
      if (last === undefined) throw new FreeholdError(`${path} is not known: ${why}`, { cause: error });
      const reason = `${why}; what was read of it last counts`;
      return { text: last, faults: [{ subject: `What is new in ${name}`, reason }] };
    }
  };
}
