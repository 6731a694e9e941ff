import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { App } from './apps/app.ts';
import { installUploadedCertificate, publishCertificate } from './certificate.ts';
import { stateOfNeed } from './folder-state.ts';
import { createInitialState, discardUnfinished } from './initial-state.ts';
import { finishInstall, installUpload } from './install-upload.ts';
import type { Layout } from './layout.ts';
import { edgeOwner } from './owners.ts';
import { forgetPrepared, notePrepared } from './prepared.ts';
import { findUpload } from './upload.ts';
import type { Work } from './work.ts';

/** Creates the folders that all domains share. */
export async function makeBases({ bases, edgeFolders }: Layout): Promise<void> {
  for (const folder of [...bases, ...edgeFolders]) await mkdir(folder, { recursive: true, mode: 0o755 });
  if (process.getuid?.() !== 0) return;
  for (const folder of edgeFolders) {
    const { uid, gid } = await stat(folder);
    if (uid !== edgeOwner.uid || gid !== edgeOwner.gid) await chown(folder, edgeOwner.uid, edgeOwner.gid);
  }
}

/**
 * Makes sure that the app's data exists: kept, imported or created, in this order; then passes the domain's
 * certificate on to HAProxy.
 */
export async function prepare(layout: Layout, app: App, work: Work): Promise<void> {
  const { domain, home } = layout;
  const begun = new Date();
  await explained(`Cannot prepare the data of ${domain}`, async () => {
    await forgetPrepared(layout);
    await discardUnfinished(layout, app);
    if (await finishInstall(layout, app, work)) {
      work.log.notice(`Completed the import of the data of ${domain} that an earlier run began.`);
    }
    if ((await stateOfNeed(home, app.needs)) === 'full') await keepExisting(layout, app, work);
    else await importOrCreate(layout, app, work);
    await app.correct?.(layout, work.log, work.signal);
    await publishCertificate(layout, work.log);
    // Without the note, the next start checks again.
    await notePrepared(layout, app, begun).catch((error) => {
      work.log.warning(`Cannot write the note for the next start: ${reasonOf(error)}.`);
    });
  });
}

/** The site has its data: problems with an upload must not prevent its start. */
async function keepExisting(layout: Layout, app: App, { log }: Work): Promise<void> {
  log.info(`${join(layout.home, ...app.needs.path)} exists and is kept.`);
  try {
    const upload = await findUpload(layout);
    if (upload.kind === 'certificate') await installUploadedCertificate(layout, upload.path, log);
    if (upload.kind === 'certificate' || upload.kind === 'none') return;
    log.warning(
      `${upload.path} was not imported: ${layout.home} already exists and is not overwritten. ` +
        'Move one of the two away.',
    );
  } catch (error) {
    log.warning(`Nothing was imported: ${reasonOf(error)}`);
  }
}

async function importOrCreate(layout: Layout, app: App, work: Work): Promise<void> {
  const { domain, home } = layout;
  const upload = await findUpload(layout);
  if (upload.kind === 'archive') return installUpload(layout, app, upload, work);
  if (upload.kind === 'folder') return installUpload({ ...layout, upload: upload.path }, app, upload, work);
  if (upload.kind === 'certificate') await installUploadedCertificate(layout, upload.path, work.log);
  const { initial } = app;
  const path = join(home, ...app.needs.path);
  if ('ask' in initial) throw new FreeholdError(`${app.name}@${domain} has no data: ${initial.ask(path)}.`);
  await createInitialState(layout, app.needs.path, initial);
  work.log.notice(`${domain} had no data: created ${initial.what} in ${path}.`);
}
