import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import { writeAtomic } from '@freehold/core/write-atomic';

/**
 * Creates the secret that signs rewritten senders, once. Anyone who knows it can send mail through this host
 * to any address; if it is lost, bounces in transit are lost too.
 */
export async function ensureSrsSecret(folder: string, log: Log): Promise<void> {
  const path = join(folder, 'srs-secret');
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found && found.size > 0) return;
  await writeAtomic(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  log.info('Created the secret that signs rewritten senders.', { file: path });
}
