// A sentence about each site, which the operator's scripts show.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import type { Domain } from '@freehold/core/domain';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { Context } from './context.ts';
import { describeTask, describeUntouched, warnOf } from './describe-site.ts';
import type { Plan } from './plan.ts';
import type { SiteFacts } from './site-facts.ts';

/** Writes those of the sites in the plan, and logs once what somebody has to do. */
export async function writeStatus(context: Context, { tasks, untouched }: Plan): Promise<void> {
  const { layout, store } = context;
  const now = Date.now();
  await mkdir(layout.statusFolder, { recursive: true });
  const write = async (domain: string, sentence: string) => {
    const [path, text] = [layout.status(domain), `${sentence}\n`];
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeAtomic(path, text);
  };
  for (const task of tasks) {
    if (await store.isHere(task.site.domain))
      await write(task.site.domain, describeTask(task, context.host(), now));
  }
  for (const one of untouched) {
    if (!(await store.isHere(one.site.domain))) continue;
    await write(one.site.domain, describeUntouched(one));
    await warnOnce(context, one.site, warnOf(one, now));
  }
}

/** Removes what is there of sites that are not here any more. */
export async function removeOtherStatus(
  { layout, store }: Context,
  sites: ReadonlyMap<string, unknown>,
): Promise<void> {
  for (const name of await readdir(layout.statusFolder)) {
    if (!sites.has(name) || !(await store.isHere(name as Domain)))
      await rm(layout.status(name), { force: true });
  }
}

async function warnOnce(
  context: Context,
  { domain, state }: SiteFacts,
  sentence: string | undefined,
): Promise<void> {
  if (sentence === undefined || state.reported === sentence) return;
  context.log.warning(sentence);
  await context.store.writeSite(domain, { ...state, reported: sentence });
}
