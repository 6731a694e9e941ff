import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Fault } from '@freehold/core/report-faults';
import type { Forwards } from './forward.ts';
import { readLocalDestinations, readLocalForwards } from './read-local.ts';

/** The operator's manual entries. */
export interface LocalFiles {
  readonly forwards: Forwards;
  readonly destinations: ReadonlySet<Domain>;
  readonly faults: readonly Fault[];
}

/**
 * Creates a reader of `forwards.local` and `destinations.local`. A file that cannot be read is a fault, and
 * its last known content applies.
 *
 * @throws FreeholdError (the reader) for a file that has never been read: without it, the mail that it
 *   forwards would be refused.
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

/** A missing file counts as empty. */
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
      if (last === undefined)
        throw new FreeholdError(`${path} has never been read: ${why}`, { cause: error });
      const reason = `${why}; its last known content stays in use`;
      return { text: last, faults: [{ subject: `New content in ${name}`, reason }] };
    }
  };
}
