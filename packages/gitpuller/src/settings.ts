import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';
import * as v from 'valibot';

export interface Settings {
  readonly data: string;
  /** How many commits of a branch are fetched; 0 is all. */
  readonly depth: number;
  readonly submodules: boolean;
  /** After so much silence a remote is given up. */
  readonly stallSeconds: number;
  readonly pullRequests: string;
}

export function readPullSettings(env: Environment): Settings {
  const settings = readSettings(
    {
      FREEHOLD_DATA: absolutePath('/data'),
      FREEHOLD_GIT_DEPTH: wholeNumber({ min: 0, max: 1_000_000, preset: 1 }),
      FREEHOLD_GIT_SUBMODULES: v.optional(v.picklist(['on', 'off'], '"on" or "off" is needed'), 'off'),
      FREEHOLD_GIT_STALL_SECONDS: wholeNumber({ min: 1, max: 3600, preset: 60 }),
      FREEHOLD_PULL_REQUESTS: absolutePath('/run/freehold/pull-requests'),
    },
    env,
  );
  return {
    data: settings.FREEHOLD_DATA,
    depth: settings.FREEHOLD_GIT_DEPTH,
    submodules: settings.FREEHOLD_GIT_SUBMODULES === 'on',
    stallSeconds: settings.FREEHOLD_GIT_STALL_SECONDS,
    pullRequests: settings.FREEHOLD_PULL_REQUESTS,
  };
}
