import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { App } from './apps/app.ts';
import { bringHome, finishArrival } from './bring-home.ts';
import { publishCertificate, takeDeliveredCertificate } from './certificate.ts';
import { findDelivery } from './delivery.ts';
import { stateOfNeed } from './folder-state.ts';
import { createInitialState, discardUnfinished } from './initial-state.ts';
import type { Layout } from './layout.ts';
import { edgeOwner } from './owners.ts';
import { forgetPrepared, notePrepared } from './prepared.ts';
import type { Work } from './work.ts';

/** Makes the folders that all domains share. */
export async function makeBases({ bases, edgeFolders }: Layout): Promise<void> {
  for (const folder of [...bases, ...edgeFolders]) await mkdir(folder, { recursive: true, mode: 0o755 });
  if (process.getuid?.() !== 0) return;
  for (const folder of edgeFolders) {
    const { uid, gid } = await stat(folder);
    if (uid !== edgeOwner.uid || gid !== edgeOwner.gid) await chown(folder, edgeOwner.uid, edgeOwner.gid);
  }
}

/**
 * Sees to it that the app's data is there: left alone, brought in or created, in this order; then
 * that HAProxy has the domain's certificate.
 */
export async function prepare(layout: Layout, app: App, work: Work): Promise<void> {
  const { domain, home } = layout;
  const begun = new Date();
  await explained(`The data of ${domain} could not be prepared`, async () => {
    await forgetPrepared(layout);
    await discardUnfinished(layout, app);
    if (await finishArrival(layout, app, work)) {
      work.log.notice(`The data of ${domain}, whose import an earlier run began, is complete now.`);
    }
    if ((await stateOfNeed(home, app.needs)) === 'full') await leaveAlone(layout, app, work);
    else await bringOrCreate(layout, app, work);
    await app.tend?.(layout, work.log, work.signal);
    await publishCertificate(layout, work.log);
    // Without the note, the next start looks again.
    await notePrepared(layout, app, begun).catch((error) => {
      work.log.warning(`What was found in order could not be noted: ${reasonOf(error)}.`);
    });
  });
}

/** The site has its data: whatever is wrong with a delivery does not keep it from starting. */
async function leaveAlone(layout: Layout, app: App, { log }: Work): Promise<void> {
  log.info(`${join(layout.home, ...app.needs.path)} is there: left alone.`);
  try {
    const delivery = await findDelivery(layout);
    if (delivery.kind === 'certificate') await takeDeliveredCertificate(layout, delivery.path, log);
    if (delivery.kind === 'certificate' || delivery.kind === 'none') return;
    log.warning(
      `${delivery.path} was not imported: ${layout.home} is there already and is not overwritten. ` +
        'Move one of the two away.',
    );
  } catch (error) {
    log.warning(`Nothing was imported: ${reasonOf(error)}`);
  }
}

async function bringOrCreate(layout: Layout, app: App, work: Work): Promise<void> {
  const { domain, home } = layout;
  const delivery = await findDelivery(layout);
  if (delivery.kind === 'archive') return bringHome(layout, app, delivery, work);
  if (delivery.kind === 'folder')
    return bringHome({ ...layout, delivery: delivery.path }, app, delivery, work);
  if (delivery.kind === 'certificate') await takeDeliveredCertificate(layout, delivery.path, work.log);
  const { initial } = app;
  const path = join(home, ...app.needs.path);
  if ('ask' in initial) throw new FreeholdError(`${app.name}@${domain} has no data: ${initial.ask(path)}.`);
  await createInitialState(layout, app.needs.path, initial);
  work.log.notice(`${domain} has no data yet: ${initial.what} was created in ${path}.`);
}
