// SRS as its reference implementation does it (Mail::SRS::Guarded, https://metacpan.org/pod/Mail::SRS::Guarded), for the
// tests to hold postsrsd against. srs.test.ts has vectors that Mail::SRS 0.31 itself has made.
import { createHmac } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export interface Srs {
  readonly secret: string;
  /** The domain of rewritten addresses. */
  readonly domain: string;
}

/** Base64 of the HMAC-SHA1 over the parts in lower case, cut to six characters. */
export function srsHash(secret: string, ...parts: string[]): string {
  return createHmac('sha1', secret).update(parts.join('').toLowerCase()).digest('base64').slice(0, 6);
}

/** The day, modulo 1024, in base 32. */
export function srsTimestamp(date: Date): string {
  const day = Math.floor(date.getTime() / 86_400_000) % 1024;
  return `${letters[day >> 5]}${letters[day & 31]}`;
}

/** The address that stands for a sender who is not rewritten yet, or is so already by another forwarder. */
export function srsForward({ secret, domain }: Srs, sender: string, date: Date): string {
  const at = sender.lastIndexOf('@');
  const [local, host] = [sender.slice(0, at), sender.slice(at + 1)];
  if (/^SRS1[=+-]/i.test(local)) {
    const [, first = '', rest = ''] = /^SRS1[=+-][^=]*=([^=]*)=(.*)$/i.exec(local) ?? [];
    return `SRS1=${srsHash(secret, first, rest)}=${first}=${rest}@${domain}`;
  }
  if (/^SRS0[=+-]/i.test(local)) {
    const rest = local.slice(4);
    return `SRS1=${srsHash(secret, host, rest)}=${host}=${rest}@${domain}`;
  }
  const stamp = srsTimestamp(date);
  return `SRS0=${srsHash(secret, stamp, host, local)}=${stamp}=${host}=${local}@${domain}`;
}
