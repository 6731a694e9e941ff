import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';

/** The folder scripts/ of the checkout or version that this command belongs to: FREEHOLD_SCRIPTS, set by its wrapper. */
export function scriptsFolder(env: Environment): string {
  const folder = env.FREEHOLD_SCRIPTS ?? join(import.meta.dirname, '../../../../scripts');
  try {
    return realpathSync(folder);
  } catch (error) {
    throw new FreeholdError(`Cannot find freehold's scripts in ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
