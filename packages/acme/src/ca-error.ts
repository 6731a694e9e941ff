// What a CA's refusal means: whom it concerns, and when to try again. Times are in milliseconds as in Date.now().
import { FreeholdError } from '@freehold/core/error';
import { hourMs } from './ledger.ts';
import { retryTime } from './retry-after.ts';

/** A CA did not do what was asked: no answer, or a problem document (RFC 8555 section 6.7). */
export class CaError extends FreeholdError {
  readonly status: number | undefined;
  /** As in `rateLimited`; undefined where the answer is no problem document. */
  readonly type: string | undefined;
  readonly detail: string;
  readonly retryAfter: string | undefined;
  /** Whom it holds up, where that does not depend on the answer. */
  readonly scope: Scope | undefined;

  constructor(options: {
    /** As in `Cannot make an order at the CA`. */
    what: string;
    detail: string;
    status?: number | undefined;
    type?: string | undefined;
    retryAfter?: string | undefined;
    scope?: Scope | undefined;
    cause?: unknown;
  }) {
    const { what, detail, status, type, retryAfter, scope, cause } = options;
    const kind = type ? `${type}: ` : '';
    super(`${what}: ${kind}${detail.replace(/\.$/, '')}.`, { cause });
    this.status = status;
    this.type = type;
    this.detail = detail;
    this.retryAfter = retryAfter;
    this.scope = scope;
  }
}

/** Whom a failure holds up: one site, all sites of a registered domain, or all that needs this CA. */
export type Scope = 'site' | 'domain' | 'directory';

/** Problems with the account or the protocol, not with one site. */
const ofAccount: ReadonlySet<string> = new Set([
  'accountDoesNotExist',
  'badNonce',
  'badPublicKey',
  'badSignatureAlgorithm',
  'externalAccountRequired',
  'invalidContact',
  'serverInternal',
  'unsupportedContact',
  'userActionRequired',
]);

/** Limits of Let's Encrypt that are about the names of one certificate: same set of names, and failed validations. */
const ofNames = /exact set of identifiers|exact set of domains|failed authorizations/i;

export function scopeOf(error: CaError, registered: string): Scope {
  const { status, type, detail, scope } = error;
  if (scope) return scope;
  if (type === 'rateLimited') {
    if (ofNames.test(detail)) return 'site';
    return detail.toLowerCase().includes(registered) ? 'domain' : 'directory';
  }
  if (status === undefined || type === undefined || status >= 500 || status === 429) return 'directory';
  return ofAccount.has(type) ? 'directory' : 'site';
}

/** The shortest and the longest delay between two tries. */
const delays: Record<Scope, readonly [firstMs: number, maxMs: number]> = {
  site: [hourMs, 24 * hourMs],
  domain: [hourMs, 24 * hourMs],
  directory: [5 * 60_000, 6 * hourMs],
};

/** After `count` failures in a row the delay has doubled as often; a time that the CA gives is never undercut. */
export function nextTry(options: { error: CaError; scope: Scope; count: number; now: number }): number {
  const { error, scope, count, now } = options;
  const said = retryTime({ header: error.retryAfter, detail: error.detail, now }) ?? now;
  return Math.max(said, now + growing(delays[scope], count));
}

/** The delay after `count` failed tries of the CA's validation of a site. */
export function delayOfSite(count: number): number {
  return growing(delays.site, count);
}

/** The delay until DNS is looked at again, which costs nothing at the CA. */
export function recheckDelay(count: number): number {
  return growing([60_000, hourMs], count);
}

function growing([firstMs, maxMs]: readonly [number, number], count: number): number {
  return Math.min(firstMs * 2 ** Math.min(count - 1, 30), maxMs);
}
