// The operations that bring a new site's data to /data/import, and take it back.
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { AddOperation } from '../../add/plan.ts';
import { runProgram } from '../run-program.ts';
import { type Adding, deleteStaleCopies, prepareDisk } from './adding.ts';
import { deleteEmptyFolders, holdsFile } from './look.ts';
import { moveIntoPlace } from './move-into-place.ts';
import { sizeOf, stateOf } from './source-state.ts';

type Act = (adding: Adding) => Promise<void>;

export const bringActs = {
  'delete-stale-copies': ({ domain }) => deleteStaleCopies(domain),
  'make-folders': async ({ target }) => void (await mkdir(dirname(target), { recursive: true })),
  'rename-source': async ({ names, target, done }) => {
    await moveIntoPlace(sourceOf(names.source), target);
    done.isPlaced = true;
  },
  'require-disk': async ({ names, host, call }) =>
    prepareDisk(host, await sizeOf(sourceOf(names.source), call.signal)),
  'note-source': async ({ names, call, done }) => {
    done.sourceState = await stateOf(sourceOf(names.source), call.signal);
  },
  'copy-source': copySource,
  'require-copied-unchanged': async (adding) => {
    if (await isUnchanged(adding)) return;
    throw new FreeholdError(
      `${adding.names.source} changed while it was copied, so its upload may not have ended. Nothing was imported. Run this again once it is complete.`,
    );
  },
  'sync-copy': ({ copy, call }) => syncFileSystem(copy, call.signal),
  // It may hold a password: nobody else reads it, and nothing prints it.
  'write-address': async ({ address, copy, top, report }) => {
    if (!address) throw new Error('There is no address to write.');
    report(`Writing the repository's address to ${join(top, address.file)}`);
    const file = join(copy, address.file);
    await mkdir(dirname(file), { recursive: true });
    await writeAtomic(file, `${address.text}\n`, { mode: 0o600 });
  },
  'place-copy': async ({ copy, top, done }) => {
    await moveIntoPlace(copy, top);
    done.isPlaced = true;
  },
  'require-imported': async ({ top, names }) => {
    if (!(await holdsFile(top))) return;
    throw new FreeholdError(
      `The site has started, but ${top} was not imported completely, so ${names.source} was not removed.`,
    );
  },
  'require-unchanged': async (adding) => {
    if (await isUnchanged(adding)) return;
    const { names, domain } = adding;
    throw new FreeholdError(
      `The site has its data, but ${names.source} changed after it was copied, so it was not removed. Compare it with /data/domains/${domain}.`,
    );
  },
  'remove-source': async ({ names }) => {
    const source = sourceOf(names.source);
    await rm(source, { recursive: true, force: true }).catch((error: unknown) => {
      throw new FreeholdError(`The site has its data, but removing ${source} failed: ${reasonOf(error)}`, {
        cause: error,
      });
    });
  },
  'rename-back': async ({ target, names, top, done }) => {
    await rename(target, sourceOf(names.source));
    done.isPlaced = false;
    await deleteEmptyFolders(top);
  },
  // Under a hidden name first: half of it would be imported otherwise.
  'delete-placed': async ({ copy, names, top, done }) => {
    await rename(names.placed, copy);
    done.isPlaced = false;
    await rm(copy, { recursive: true, force: true });
    await deleteEmptyFolders(top);
  },
  'delete-copy': ({ copy }) => rm(copy, { recursive: true, force: true }),
} satisfies Partial<Record<AddOperation, Act>>;

export type BringOperation = keyof typeof bringActs;

function sourceOf(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new Error('There is no source.');
}

/** An archive may hold a private key. */
async function copySource({ importable, names, copy, top, target, call, report }: Adding): Promise<void> {
  const source = sourceOf(names.source);
  report(`Copying ${source} to ${target}, which the site's start imports`);
  const into = `${copy}${target.slice(top.length)}`;
  if (importable?.kind !== 'archive') await mkdir(into, { recursive: true });
  const [program, ...words] =
    importable?.kind === 'archive'
      ? (['install', '--mode=600', '--', source, into] as const)
      : (['cp', '--recursive', '--preserve=mode,timestamps,links', '--', `${source}/.`, `${into}/`] as const);
  const { code, stderr } = await runProgram(program, words, { signal: call.signal });
  if (code === 0) return;
  const reason = stderr.trim().split('\n').at(-1) || `${program} failed with exit code ${code}`;
  throw new FreeholdError(`Cannot copy ${source}: ${reason}. Nothing was imported or changed.`);
}

async function isUnchanged({ names, done, call }: Adding): Promise<boolean> {
  return (await stateOf(sourceOf(names.source), call.signal)) === done.sourceState;
}
