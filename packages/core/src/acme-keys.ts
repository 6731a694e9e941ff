/** What all members of a cluster follow of automatic certificates: the account, the lock, and the sign of a change. */
export const acmeSharedPrefix = '/acme/shared/';
/** Deleted when the member that orders for all has died, and empty while none orders. */
export const acmeLockKey = `${acmeSharedPrefix}lock`;
