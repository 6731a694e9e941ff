import { hostSettings } from '@freehold/core/host';
import { parseAddress } from '@freehold/core/mail-address';
import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';
import * as v from 'valibot';

/** All settings of postfix-config; `--help` explains those that an operator may change. */
export function readPostfixSettings(env: Environment) {
  return readSettings(
    {
      ...hostSettings,
      FREEHOLD_HOST_IP: v.optional(v.pipe(v.string(), v.ip('an IP address is required'))),
      FREEHOLD_POSTMASTER: v.optional(
        v.pipe(v.string(), v.check(isAddress, 'a mail address is required'), v.transform(parseAddress)),
      ),
      FREEHOLD_FORWARD_TARGETS: wholeNumber({ min: 1, max: 500, preset: 50 }),
      FREEHOLD_POSTFIX_DIR: absolutePath('/data/runtime/postfix'),
      FREEHOLD_POSTFIX_SOCKETS: absolutePath('/run/postfix'),
      FREEHOLD_HAPROXY_DIR: absolutePath('/data/runtime/haproxy'),
      FREEHOLD_SMTP: v.optional(
        v.pipe(v.string(), v.regex(/^\S+:\d{1,5}$/, 'ADDRESS:PORT is required')),
        '127.0.0.1:25',
      ),
      FREEHOLD_QUIET_MS: wholeNumber({ min: 0, max: 1000, preset: 50 }),
      FREEHOLD_MAX_WAIT_MS: wholeNumber({ min: 0, max: 10_000, preset: 500 }),
    },
    env,
  );
}

export type PostfixSettings = ReturnType<typeof readPostfixSettings>;

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}
