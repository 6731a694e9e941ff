// Where acme keeps things in a cluster's etcd (docs/contract.md). All values are sealed (keyring.ts), except claims,
// members' directories, the lock, and the sign of a change.
import { acmeLockKey, acmeSharedPrefix } from '@freehold/core/acme-keys';
import type { Domain } from '@freehold/core/domain';
import type { OrderEntry } from '../ledger.ts';

/** Each site's certificate: StoredCertificate. */
export const certificatesPrefix = '/certificates/';
export const certificateKey = (domain: Domain): string => `${certificatesPrefix}${domain}`;

/** The account with the CA: SharedAccount. */
export const accountKey = `${acmeSharedPrefix}account`;
/** What orders for the others: name and run of a member, under a lease; empty while none does. */
export const lockKey = acmeLockKey;
/** Another text after each change of a certificate. */
export const changeKey = `${acmeSharedPrefix}change`;

/** Limits and failures: HostState, in a cluster from before with its budget. */
export const stateKey = '/acme/state';
/** The budget: an OrderEntry for each order of the last week, as all of them would outgrow what etcd takes as one value. */
export const ordersPrefix = '/acme/orders/';
export const orderKey = ({ at, domain }: OrderEntry): string => `${ordersPrefix}${at}-${domain}`;
/** What is noted about each site: SiteState. */
export const sitesPrefix = '/acme/sites/';
export const siteKey = (domain: Domain): string => `${sitesPrefix}${domain}`;
/** Sites that a member leaves alone, as a person manages their certificate there. */
export const claimsPrefix = '/acme/claims/';
export const claimKey = (domain: Domain, host: string): string => `${claimsPrefix}${domain}/${host}`;
/** From which CA's directory each member orders. */
export const membersPrefix = '/acme/members/';
export const memberKey = (host: string): string => `${membersPrefix}${host}`;
