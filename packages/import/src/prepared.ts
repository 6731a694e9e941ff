// A note of the valid state that a run has found, so that the next start of the site needs no program to
// check it again (scripts/host/needs-import.sh reads it).
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { App } from './apps/app.ts';
import { exists } from './folder-state.ts';
import type { Layout } from './layout.ts';

/** Removes the note: whatever the result of this run, the next one checks everything. */
export async function forgetPrepared({ prepared }: Layout): Promise<void> {
  await rm(prepared, { force: true });
}

/**
 * Writes the note: the app's name, then a line for each path that must be non-empty for the note to be valid.
 * Its time is the start of the run: later changes are checked by the next run.
 */
export async function notePrepared(layout: Layout, app: App, begun: Date): Promise<void> {
  const { domain, home, approvedCertificate, prepared } = layout;
  const paths = [join(home, ...app.needs.path)];
  const made = app.made?.(layout);
  if (made !== undefined) {
    if (!(await exists(made))) return;
    paths.push(made);
  }
  if (await exists(join(home, 'TLS', `${domain}.pem`))) {
    if (!(await exists(approvedCertificate))) return;
    paths.push(approvedCertificate);
  }
  await writeAtomic(prepared, [app.name, ...paths, ''].join('\n'));
  await utimes(prepared, begun, begun);
}
