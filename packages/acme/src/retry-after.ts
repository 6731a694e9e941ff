/**
 * When the CA allows the next request, in milliseconds as in Date.now(): the header Retry-After (RFC 9110 section 10.2.3), or
 * the time that Let's Encrypt puts into the text of a rate limit ("retry after 2026-03-01 12:00:00 UTC"). Undefined
 * where neither is there; at most a week away, as nothing that a CA limits lasts longer.
 */
export function retryTime(options: {
  header?: string | undefined;
  detail?: string | undefined;
  now: number;
}) {
  const { header = '', detail = '', now } = options;
  const time = parseHeader(header.trim(), now) ?? parseDetail(detail);
  if (time === undefined || Number.isNaN(time)) return undefined;
  return Math.min(Math.max(time, now), now + maxMs);
}

const maxMs = 7 * 24 * 3_600_000;

function parseHeader(header: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return now + Number(header) * 1000;
  return /^[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : undefined;
}

function parseDetail(detail: string): number | undefined {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?: UTC|Z)/i.exec(detail) ?? [];
  return day && time ? Date.parse(`${day}T${time}Z`) : undefined;
}
