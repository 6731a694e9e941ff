import { diskReserveSettings } from '@freehold/core/disk-reserve';
import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';
import * as v from 'valibot';

export interface Settings {
  readonly data: string;
  readonly haproxyDir?: string | undefined;
  readonly siteUid: number;
  readonly limits: ArchiveLimits;
  /** In bytes. */
  readonly diskReserve?: number | undefined;
}

/** The maximum unpacked size of one archive. */
export interface ArchiveLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** The maximum number of unpacked bytes for each byte of the archive. */
  readonly maxRatio: number;
}

/** @throws FreeholdError `usage` listing the invalid settings. */
export function readImportSettings(env: Environment): Settings {
  const settings = readSettings(
    {
      FREEHOLD_DATA: absolutePath('/data'),
      FREEHOLD_SITE_UID: wholeNumber({ min: 1, max: 2 ** 31 - 1, preset: 10002 }),
      FREEHOLD_HAPROXY_DIR: v.optional(v.unwrap(absolutePath('/'))),
      FREEHOLD_IMPORT_MAX_GB: wholeNumber({ min: 1, max: 1_000_000, preset: 100 }),
      FREEHOLD_IMPORT_MAX_FILES: wholeNumber({ min: 1, max: 1_000_000_000, preset: 2_000_000 }),
      FREEHOLD_IMPORT_MAX_RATIO: wholeNumber({ min: 1, max: 1_000_000, preset: 200 }),
      ...diskReserveSettings,
    },
    env,
  );
  const reserve = settings.FREEHOLD_DISK_RESERVE_MB;
  return {
    data: settings.FREEHOLD_DATA,
    haproxyDir: settings.FREEHOLD_HAPROXY_DIR,
    siteUid: settings.FREEHOLD_SITE_UID,
    limits: {
      maxBytes: settings.FREEHOLD_IMPORT_MAX_GB * 1e9,
      maxFiles: settings.FREEHOLD_IMPORT_MAX_FILES,
      maxRatio: settings.FREEHOLD_IMPORT_MAX_RATIO,
    },
    diskReserve: reserve === undefined ? undefined : reserve * 1e6,
  };
}
