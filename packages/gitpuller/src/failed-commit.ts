// The file `failed-commit`: the remote's newest commit, if it was refused, so that later pulls do not fetch
// it again.
import { readFile, rm } from 'node:fs/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { FreeholdError } from '@freehold/core/error';
import { writeAtomic } from '@freehold/core/write-atomic';
import * as v from 'valibot';
import { explainFailure } from './explain-failure.ts';
import { refusalOf } from './refusal.ts';
import type { Site } from './site.ts';

const schema = v.object({
  commit: v.string(),
  reason: v.string(),
  /** The settings that affect the refusal. */
  settings: v.string(),
  neededBytes: v.optional(v.number()),
});

/**
 * Repeats the refusal of a commit without fetching it.
 *
 * @throws FreeholdError with its reason, as long as neither the settings nor the free disk space have
 *   changed.
 */
export async function repeatRefusal(site: Site, commit: string): Promise<void> {
  const { layout, settings, log } = site;
  const failed = await readFailed(layout.failed);
  if (failed?.commit !== commit || failed.settings !== fingerprint(site)) return;
  if (failed.neededBytes === undefined) throw new FreeholdError(failed.reason);
  await assertDiskReserve({
    path: layout.base,
    needed: failed.neededBytes,
    reserve: settings.diskReserve,
  });
  log.info(`More disk space is free now; pulling ${layout.domain} again.`);
}

/** Records that a commit was refused; does nothing for other errors. */
export async function rememberRefusal(site: Site, commit: string, error: unknown): Promise<void> {
  const refusal = refusalOf(error);
  if (refusal === undefined) return;
  const failed = { commit, reason: explainFailure(error), settings: fingerprint(site), ...refusal };
  // If the disk has no room even for this, the next pull fetches the commit again.
  await writeAtomic(site.layout.failed, `${JSON.stringify(failed)}\n`).catch(() => undefined);
}

export async function forgetRefusal({ layout }: Site): Promise<void> {
  await rm(layout.failed, { force: true });
}

async function readFailed(path: string): Promise<v.InferOutput<typeof schema> | undefined> {
  try {
    const result = v.safeParse(schema, JSON.parse(await readFile(path, 'utf8')));
    return result.success ? result.output : undefined;
  } catch {
    // Missing, or not in our format: the commit is tried.
    return undefined;
  }
}

function fingerprint({ settings }: Site): string {
  const { limits, submodules, depth } = settings;
  return JSON.stringify({ ...limits, submodules, depth });
}
