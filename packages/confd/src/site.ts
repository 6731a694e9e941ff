import type { ApprovedCertificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { Address } from '@freehold/core/service-record';

/** A host on which the site is known; without an address it is stopped there, or not to be reached. */
export interface Backend {
  readonly host: string;
  readonly address?: Address | undefined;
  /** It is another host, and the address is that of its HAProxy. */
  readonly remote?: true;
}

/** A site as HAProxy is to serve it: known at least, and served while any backend has an address. */
export interface Site {
  readonly domain: Domain;
  readonly backends: readonly Backend[];
  readonly certificate?: ApprovedCertificate | undefined;
}

/** Sites by domain, in the order in which they are written down. */
export type Sites = ReadonlyMap<Domain, Site>;

/** Whether the site is known on this host; a site is here, elsewhere, or both. */
export function isHere({ backends }: Site): boolean {
  return backends.some(({ remote }) => !remote);
}

/** Whether the site is known on another host. */
export function isElsewhere({ backends }: Site): boolean {
  return backends.some(({ remote }) => remote);
}

/** Whether it is on several hosts, so that one can stand in for another. */
export function isShared({ backends }: Site): boolean {
  return backends.length > 1;
}
