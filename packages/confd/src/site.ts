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

/** Sites by domain, in no particular order. */
export type Sites = ReadonlyMap<Domain, Site>;

/** In the order in which they are written down. */
export function sorted(sites: Sites): Site[] {
  return [...sites.values()].sort((one, other) => (one.domain < other.domain ? -1 : 1));
}

/** Whether the site is known on this host; a site is here, elsewhere, or both. */
export function isHere({ backends }: Site): boolean {
  return backends.some(({ remote }) => !remote);
}

/** Whether the site is known on another host. */
export function isElsewhere({ backends }: Site): boolean {
  return backends.some(({ remote }) => remote);
}

/** Whether it is on one host, which is another one: such a site has no backend of its own. */
export function isElsewhereOnly({ backends }: Site): boolean {
  return backends.length === 1 && backends[0]?.remote === true;
}

/** Whether it is on several hosts, so that one can stand in for another. */
export function isShared({ backends }: Site): boolean {
  return backends.length > 1;
}

/** Whether HAProxy serves both alike. */
export function sameSite(one: Site, other: Site): boolean {
  if (one === other) return true;
  return (
    one.domain === other.domain &&
    sameCertificate(one.certificate, other.certificate) &&
    sameBackends(one, other)
  );
}

/** Whether both are on the same hosts, at the same addresses. */
export function sameBackends({ backends: one }: Site, { backends: other }: Site): boolean {
  return one.length === other.length && one.every((backend, index) => sameBackend(backend, other[index]));
}

function sameBackend(one: Backend, other: Backend | undefined): boolean {
  return one.host === other?.host && one.remote === other.remote && sameAddress(one.address, other.address);
}

/** Whether both are the same address, or none. */
export function sameAddress(one: Address | undefined, other: Address | undefined): boolean {
  return one?.ip === other?.ip && one?.port === other?.port;
}

function sameCertificate(one: Site['certificate'], other: Site['certificate']): boolean {
  return one?.fingerprint === other?.fingerprint && one?.names.join() === other?.names.join();
}
