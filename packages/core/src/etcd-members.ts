// Selects the member to call. Part of etcd.ts, whose header lists the faults it works around.
import { type Etcd3, EtcdLeaseInvalidError, EtcdPermissionDeniedError } from 'etcd3';
import type { EtcdAddress } from './etcd-address.ts';
import { openClient } from './etcd-client.ts';

export interface Members {
  /**
   * Runs the work with the current member and, on failure, with the next ones, up to a total number of
   * attempts. The member that failed last is not the first one tried next time.
   */
  ask<T>(work: (client: Etcd3) => PromiseLike<T>, tries: number): Promise<T>;
  close(): void;
}

export function createMembers({ endpoints, tls }: EtcdAddress): Members {
  let client: Etcd3 | undefined;
  let present = 0;
  let closed = false;

  function moveOn(failed: Etcd3): void {
    // If several calls fail at once, the first one has already moved on.
    if (client !== failed) return;
    client = undefined;
    present = (present + 1) % endpoints.length;
    failed.close();
  }

  return {
    async ask(work, tries) {
      for (let left = tries; ; left--) {
        client ??= openClient(endpoints[present] ?? '', tls);
        const used = client;
        try {
          return await work(used);
        } catch (error) {
          if (isAnswer(error)) throw error;
          moveOn(used);
          // A call that the closing has cut off would open a connection that nobody closes.
          if (closed || left <= 1) throw error;
        }
      }
    },
    close: () => {
      closed = true;
      client?.close();
    },
  };
}

/** Every member would give the same answer. */
function isAnswer(error: unknown): boolean {
  return error instanceof EtcdPermissionDeniedError || error instanceof EtcdLeaseInvalidError;
}
