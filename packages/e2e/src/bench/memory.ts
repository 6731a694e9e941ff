import { shell } from '../host.ts';

/** The proportional set size of every process on the host, in KiB. */
export async function memoryKiB(): Promise<number> {
  return Number(
    await shell(`cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum }'`),
  );
}
