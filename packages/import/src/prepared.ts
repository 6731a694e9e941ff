// A note of what a run has found in order, so that the next start of the site needs no program to look again
// (scripts/host/needs-import.sh reads it).
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { App } from './apps/app.ts';
import { exists } from './folder-state.ts';
import type { Layout } from './layout.ts';

/** Removes the note: whatever becomes of this run, the next one looks. */
export async function forgetPrepared({ prepared }: Layout): Promise<void> {
  await rm(prepared, { force: true });
}

/**
 * Writes the note: the app's name, then a line for each path that has to hold something for the note to count. Its time is
 * that of the run's begin: what has been changed since is looked at by the next run.
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
