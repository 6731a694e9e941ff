// A WordPress that was in use is useless without its database: started without, it would become a new one,
// with the files of the old one.
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { exists, stateOfFolder } from '../folder-state.ts';

export interface DatabaseCheck {
  /** The path of wp-content, below the tree. */
  readonly content?: readonly string[];
  /** The path of a wp-config.php, which only a WordPress in use has. */
  readonly config: readonly string[] | undefined;
  /** Where the site's database would be on this host, if it can exist there. */
  readonly dataFiles?: string;
}

/** @throws FreeholdError if the WordPress was in use, and there is neither a dump nor a database. */
export async function checkDatabase(
  tree: string,
  { content = ['wordpress', 'wp-content'], config, dataFiles }: DatabaseCheck,
): Promise<void> {
  const hasUploads = (await stateOfFolder(tree, ...content, 'uploads')) === 'full';
  if (!hasUploads && config === undefined) return;
  const dump = join(tree, 'mysql/dump.sql');
  if ((await exists(dump)) || (dataFiles !== undefined && (await exists(dataFiles)))) return;
  const what = hasUploads
    ? `${join(tree, ...content)}/uploads contains files of a WordPress that was in use`
    : `${join(tree, ...(config ?? []))} shows that this WordPress was in use`;
  throw new FreeholdError(
    `${dump} is missing, but ${what}. Add the dump of its database (as mysql/dump.sql or a .sql or .sql.gz beside ` +
      `wp-content), or, to start with an empty database, move ${hasUploads ? 'these uploads' : 'that file'} away`,
  );
}
