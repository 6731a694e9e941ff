// A host that takes the data of a site: the steps, in order. Until all of it is there and on disk, it has a name that import
// skips. Killed at any moment, a run leaves nothing that an import finds, or all of it.
import { FreeholdError } from '@freehold/core/error';

/** The host that takes it; each call rejects if it fails. */
export interface ReceivingHost {
  /** Rejects if the host cannot take it; deletes what earlier runs have left. */
  prepare(): Promise<void>;
  /** Takes it under a hidden name; whether all of it has arrived. */
  receive(): Promise<boolean>;
  /** Writes it to disk. */
  sync(): Promise<void>;
  /** Rejects if the host cannot take it any more; gives it its name, on disk too. */
  place(): Promise<void>;
  /** Deletes what still has a hidden name. */
  discard(): Promise<void>;
}

/** @throws FreeholdError if the host cannot take it, or it arrived incomplete; there is nothing of it then. */
export async function receiveUpload(domain: string, host: ReceivingHost): Promise<void> {
  await host.prepare();
  try {
    if (!(await host.receive())) {
      throw new FreeholdError(
        `The data of ${domain} arrived incomplete and was deleted. Nothing was changed. Send it again.`,
      );
    }
    await host.sync();
    await host.place();
  } finally {
    await host.discard();
  }
}
