import { diskReserveSettings } from '@freehold/core/disk-reserve';
import { FreeholdError } from '@freehold/core/error';
import {
  absolutePath,
  type Environment,
  optionalPath,
  readSettings,
  wholeNumber,
} from '@freehold/core/settings';
import * as v from 'valibot';

export interface Settings {
  readonly data: string;
  /** The number of commits to fetch for a branch; 0 means all. */
  readonly depth: number;
  readonly submodules: boolean;
  /** A pull fails after the remote has been silent for this long. */
  readonly stallSeconds: number;
  /** The operator's folder of repositories that every site may publish. */
  readonly repositories: string | undefined;
  readonly limits: Limits;
  /** In bytes; undefined for the disk's default. */
  readonly diskReserve: number | undefined;
  readonly pullRequests: string;
}

/** The largest checkout of one commit with its submodules. */
export interface Limits {
  readonly maxBytes: number;
  /** Files, links, folders and submodules together. */
  readonly maxFiles: number;
}

/**
 * Reads the settings of gitpuller.
 *
 * @throws FreeholdError `usage` for invalid ones.
 */
export function readPullSettings(env: Environment): Settings {
  const settings = readSettings(
    {
      FREEHOLD_DATA: absolutePath('/data'),
      FREEHOLD_GIT_DEPTH: wholeNumber({ min: 0, max: 1_000_000, preset: 1 }),
      FREEHOLD_GIT_SUBMODULES: v.optional(v.picklist(['on', 'off'], '"on" or "off" is required'), 'off'),
      FREEHOLD_GIT_STALL_SECONDS: wholeNumber({ min: 1, max: 3600, preset: 60 }),
      FREEHOLD_GIT_REPOSITORIES: optionalPath(),
      FREEHOLD_GIT_MAX_MB: wholeNumber({ min: 1, max: 1_000_000_000, preset: 2000 }),
      FREEHOLD_GIT_MAX_FILES: wholeNumber({ min: 1, max: 1_000_000_000, preset: 100_000 }),
      ...diskReserveSettings,
      FREEHOLD_PULL_REQUESTS: absolutePath('/run/freehold/pull-requests'),
    },
    env,
  );
  const repositories = settings.FREEHOLD_GIT_REPOSITORIES;
  const reserve = settings.FREEHOLD_DISK_RESERVE_MB;
  if (repositories !== undefined) checkRepositories(repositories, settings.FREEHOLD_DATA);
  return {
    data: settings.FREEHOLD_DATA,
    depth: settings.FREEHOLD_GIT_DEPTH,
    submodules: settings.FREEHOLD_GIT_SUBMODULES === 'on',
    stallSeconds: settings.FREEHOLD_GIT_STALL_SECONDS,
    repositories,
    limits: {
      maxBytes: settings.FREEHOLD_GIT_MAX_MB * 1e6,
      maxFiles: settings.FREEHOLD_GIT_MAX_FILES,
    },
    diskReserve: reserve === undefined ? undefined : reserve * 1e6,
    pullRequests: settings.FREEHOLD_PULL_REQUESTS,
  };
}

/** Every site may publish the repositories in that folder, so it must not contain any site's own data. */
function checkRepositories(folder: string, data: string): void {
  const inside = (path: string, of: string) => `${path}/`.startsWith(`${of.replace(/\/+$/, '')}/`);
  const taken = ['domains', 'import', 'runtime'].map((name) => `${data.replace(/\/+$/, '')}/${name}`);
  const conflict = taken.find((path) => inside(path, folder) || inside(folder, path));
  if (conflict === undefined) return;
  throw new FreeholdError(
    `FREEHOLD_GIT_REPOSITORIES is ${JSON.stringify(folder)}, but every site may publish repositories from there, and ${conflict} contains the sites' own data. Use a folder outside of it, such as ${data}/git.`,
    { code: 'usage' },
  );
}
