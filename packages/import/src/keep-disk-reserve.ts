import { assertDiskReserve } from '@freehold/core/disk-reserve';
import type { Layout } from './layout.ts';

/** How often the disk is looked at, in bytes that were written. */
const everyBytes = 1e6;
/** At least a block, and an inode, for each file. */
const bytesOfFile = 4096;

/** Checks before and while something is written to a folder that the host keeps its reserve of disk. */
export function keepDiskReserve({ diskReserve: reserve }: Pick<Layout, 'diskReserve'>, path: string) {
  let unchecked = 0;
  return {
    /** @throws FreeholdError if so many bytes are too many. */
    before: (needed: number) => assertDiskReserve({ path, needed, reserve }),
    /** @throws FreeholdError if what was written reaches into the reserve. */
    async during(bytes: number, files: number): Promise<void> {
      unchecked += bytes + files * bytesOfFile;
      if (unchecked < everyBytes) return;
      unchecked = 0;
      await assertDiskReserve({ path, reserve });
    },
  };
}
