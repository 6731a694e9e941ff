// After the last test of the servers' lane: they are removed, unless FREEHOLD_E2E_KEEP is set.
import { removeServers } from './servers.ts';

export async function globalTeardown(): Promise<void> {
  if (!process.env.FREEHOLD_E2E_KEEP) await removeServers();
}
