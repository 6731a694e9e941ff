import { assertDiskReserve } from '@freehold/core/disk-reserve';
import type { Layout } from './layout.ts';

/** The number of written bytes between two checks of the disk. */
const everyBytes = 1e6;
/** At least a block, and an inode, for each file. */
const bytesOfFile = 4096;

/** Checks before and during writes to a folder that the host keeps its disk reserve. */
export function keepDiskReserve({ diskReserve: reserve }: Pick<Layout, 'diskReserve'>, path: string) {
  let unchecked = 0;
  return {
    /** @throws FreeholdError if this many bytes would use the reserve. */
    before: (needed: number) => assertDiskReserve({ path, needed, reserve }),
    /** @throws FreeholdError if the written bytes use the reserve. */
    async during(bytes: number, files: number): Promise<void> {
      unchecked += bytes + files * bytesOfFile;
      if (unchecked < everyBytes) return;
      unchecked = 0;
      await assertDiskReserve({ path, reserve });
    },
  };
}
