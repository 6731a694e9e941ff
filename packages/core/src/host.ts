import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import * as v from 'valibot';
import { bootId } from './boot-id.ts';
import { optionalPath } from './settings.ts';

const bootIdFile = '/proc/sys/kernel/random/boot_id';

/**
 * The settings that every program on a host shares: `FREEHOLD_HOST` (its name, by default the machine's),
 * `FREEHOLD_ETCD` (comma-separated URLs; with https also `_CA`, `_CERT` and `_KEY`: etcdOf) and
 * `FREEHOLD_BOOT_ID` (by default the kernel's: units pass systemd's `%b`, which differs from the kernel's if
 * the host is itself a container).
 */
export const hostSettings = {
  FREEHOLD_HOST: v.optional(
    v.pipe(
      v.string(),
      v.toLowerCase(),
      v.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'a host name is required'),
    ),
    () => hostname(),
  ),
  FREEHOLD_ETCD: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^https?:\/\/[^\s,/]+(?:,https?:\/\/[^\s,/]+)*$/,
        'URLs without a path, separated by commas, are required',
      ),
      v.transform((text) => text.split(',')),
    ),
    'http://127.0.0.1:2379',
  ),
  FREEHOLD_ETCD_CA: optionalPath(),
  FREEHOLD_ETCD_CERT: optionalPath(),
  FREEHOLD_ETCD_KEY: optionalPath(),
  FREEHOLD_BOOT_ID: v.optional(bootId, () => readFileSync(bootIdFile, 'utf8').trim()),
};
