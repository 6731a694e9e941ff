import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { App } from './apps/app.ts';
import { bringHome, finishArrival, type Work } from './bring-home.ts';
import { publishCertificate, takeDeliveredCertificate } from './certificate.ts';
import { checkDelivery, kindOfDelivery, refuseArchive } from './delivery.ts';
import { stateOfFolder } from './folder-state.ts';
import { createInitialState, discardUnfinished } from './initial-state.ts';
import { edgeOwner, type Layout } from './layout.ts';

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
  await explained(`The data of ${domain} could not be prepared`, async () => {
    await discardUnfinished(layout, app);
    await finishArrival(layout, work);
    if ((await stateOfFolder(home, ...app.data)) === 'full') await leaveAlone(layout, app, work);
    else await bringOrCreate(layout, app, work);
    await publishCertificate(layout, work.log);
  });
}

/** The site has its data: whatever is wrong with a delivery does not keep it from starting. */
async function leaveAlone(layout: Layout, app: App, { log }: Work): Promise<void> {
  log.info(`${join(layout.home, ...app.data)} is there: left alone.`);
  try {
    const kind = await kindOfDelivery(layout);
    if (kind === 'certificate') await takeDeliveredCertificate(layout, log);
    if (kind !== 'site') return;
    throw new FreeholdError(
      `${layout.home} is there already and is not overwritten. Move one of the two away.`,
    );
  } catch (error) {
    log.warning(`${layout.delivery} was not brought in: ${reasonOf(error)}`);
  }
}

async function bringOrCreate(layout: Layout, app: App, work: Work): Promise<void> {
  const { domain, home } = layout;
  const kind = await kindOfDelivery(layout);
  if (kind === 'site') {
    await checkDelivery(layout, app, work.signal);
    return bringHome(layout, work);
  }
  if (kind === 'certificate') await takeDeliveredCertificate(layout, work.log);
  await refuseArchive(layout);
  await createInitialState(layout, app);
  work.log.notice(`${domain} has no data yet: ${app.initial} was created in ${join(home, ...app.data)}.`);
}
