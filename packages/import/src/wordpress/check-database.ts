// A WordPress that was in use is nothing without its database: started without, it would be a new one, whose first
// visitor becomes its owner, with the files of the old one.
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { exists, stateOfFolder } from '../folder-state.ts';

/**
 * @param dataFiles where the database of the site would be on this host, if it can be there.
 * @throws FreeholdError if wp-content was in use, and there is neither a dump nor a database.
 */
export async function checkDatabase(tree: string, dataFiles?: string): Promise<void> {
  if ((await stateOfFolder(tree, 'wordpress', 'wp-content', 'uploads')) !== 'full') return;
  const dump = join(tree, 'mysql/dump.sql');
  if ((await exists(dump)) || (dataFiles !== undefined && (await exists(dataFiles)))) return;
  throw new FreeholdError(
    `${dump} is missing, but ${tree}/wordpress/wp-content/uploads holds files of a WordPress that was in use: bring the dump ` +
      'of its database (scripts/dump-site.sh), or to begin anew with an empty one, move these uploads away',
  );
}
