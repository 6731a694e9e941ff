import type { Domain } from '@freehold/core/domain';
import { type Address, catchAll, type Local } from '@freehold/core/mail-address';

/** One address on this host, or the rest of a domain, and the targets of its mail. */
export interface Forward {
  readonly domain: Domain;
  readonly local: Local;
  readonly targets: readonly Address[];
  /** Its origin, for the log: an etcd key, or a file and line. */
  readonly source: string;
}

/** Forwards, keyed by `nameOf`. */
export type Forwards = ReadonlyMap<string, Forward>;

/** The name of a forward in Postfix's table: `info@example.com`, or `@example.com` for the rest. */
export function nameOf({ local, domain }: { local: string; domain: string }): string {
  return local === catchAll ? `@${domain}` : `${local}@${domain}`;
}

/**
 * The forward that Postfix finds for an address, in its order (virtual(5)): the whole address, the address
 * without `+tag`, the rest of the domain. `local` is in lower case.
 */
export function findForward(forwards: Forwards, local: string, domain: Domain): Forward | undefined {
  const plus = local.indexOf('+');
  return (
    forwards.get(`${local}@${domain}`) ??
    (plus > 0 ? forwards.get(`${local.slice(0, plus)}@${domain}`) : undefined) ??
    forwards.get(`@${domain}`)
  );
}
