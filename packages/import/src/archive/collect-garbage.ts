import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Creates a function that frees unused young objects. The collector goes by the size of objects, to which the
 * buffers behind them hardly count: on its own it lets unpacked pieces pile up, the more the busier the
 * machine is. Measured at 1 GB: a memory peak of 104 to 120 MB without, 82 to 86 MB with it.
 */
export function makeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return () => {
    if (typeof collect === 'function') collect({ type: 'minor' });
  };
}
