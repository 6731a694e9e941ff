// What control machines have sent for a new site, under the hidden name .add-DOMAIN in /data/import.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import { archiveEndings } from '@freehold/core/uploads';

/** @param base the path without the ending of an archive. */
const pathsOf = (base: string) => ['', ...archiveEndings].map((ending) => `${base}${ending}`);

/** Deletes what an earlier run has sent. */
export async function deleteSent(base: string): Promise<void> {
  for (const path of pathsOf(base)) await rm(path, { recursive: true, force: true });
}

/**
 * This run has deleted what earlier ones have sent, so what is there now is from one that runs at the same time.
 *
 * @throws FreeholdError if there is anything.
 */
export function requireNoneSent(domain: string, base: string): void {
  if (!pathsOf(base).some((path) => existsSync(path))) return;
  throw new FreeholdError(`Another run is adding ${domain} to this host. Run this again when it has ended.`);
}
