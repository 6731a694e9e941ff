import { hostSettings } from '@freehold/core/host';
import {
  absolutePath,
  type Environment,
  optionalNumber,
  readSettings,
  wholeNumber,
} from '@freehold/core/settings';
import * as v from 'valibot';
import { sitesNetwork } from './sites-network.ts';

/** All settings of confd; `--help` explains those that an operator may change. */
export function readConfdSettings(env: Environment) {
  return readSettings(
    {
      ...hostSettings,
      FREEHOLD_HOST_IP: v.optional(v.pipe(v.string(), v.ip('an IP address is required'))),
      FREEHOLD_HAPROXY_DIR: absolutePath('/data/runtime/haproxy'),
      FREEHOLD_HAPROXY_SOCKETS: absolutePath('/run/haproxy'),
      FREEHOLD_ACME_WAKE_DIR: absolutePath('/run/acme'),
      FREEHOLD_PAGES_DIR: absolutePath('/etc/haproxy/pages'),
      FREEHOLD_HTTP_PORT: wholeNumber({ min: 1, max: 65535, preset: 80 }),
      FREEHOLD_HTTPS_PORT: wholeNumber({ min: 1, max: 65535, preset: 443 }),
      // These two are unset on a host that is alone.
      FREEHOLD_HOP_PORT: optionalNumber({ min: 1, max: 65535 }),
      FREEHOLD_SITES_NETWORK: v.optional(sitesNetwork),
      FREEHOLD_QUIET_MS: wholeNumber({ min: 0, max: 1000, preset: 20 }),
      FREEHOLD_MAX_WAIT_MS: wholeNumber({ min: 0, max: 10_000, preset: 300 }),
      FREEHOLD_RELOAD_INTERVAL_MS: wholeNumber({ min: 0, max: 3_600_000, preset: 30_000 }),
    },
    env,
  );
}

export type ConfdSettings = ReturnType<typeof readConfdSettings>;
