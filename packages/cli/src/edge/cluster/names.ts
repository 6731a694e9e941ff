// Which server is which host: the file ~/.config/freehold/names, in lines of SERVER HOSTNAME, which deploys write too
// (scripts/deploy/names.sh).
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Environment } from '@freehold/core/settings';
import { writeAtomic } from '@freehold/core/write-atomic';
import { checkBinding, serverOf } from '../../cluster/binding.ts';
import { configFolder, readNames } from '../control-machine.ts';
import { takeLock } from '../move/lock.ts';

/**
 * Notes that the server is this host; it gets no other name later.
 *
 * @param isNoted whether it is written down; otherwise it is only checked.
 * @throws FreeholdError if it was another host so far, or another server is that host.
 */
export async function bindName(
  told: string,
  name: string,
  { env, isNoted }: { env: Environment; isNoted: boolean },
): Promise<void> {
  const config = configFolder(env);
  const file = join(config, 'names');
  await mkdir(config, { recursive: true });
  const lock = await takeLock(`${file}.lock`, 60);
  if (!lock) throw new FreeholdError(`Cannot lock ${file}.lock: another run has held it for a minute.`);
  try {
    const names = await readNames(env);
    const hasFolder = existsSync(join(config, 'hosts', name));
    checkBinding({ told, name, names, file, config, hasFolder });
    if (!isNoted || names.get(serverOf(told)) === name) return;
    names.set(serverOf(told), name);
    const lines = [...names].map(([server, host]) => `${server} ${host}\n`);
    await writeAtomic(file, lines.join(''));
  } finally {
    await lock.release();
  }
}
