import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '@freehold/core/settings';

/**
 * What may be added to the runtime folder: /freehold-XXXXXX, /etcd-XXXXXX, and ssh's 40 characters with 17 while it makes the
 * socket. The path of a socket has up to 107 bytes (unix(7)).
 */
const longest = 107 - 86;

/** A new folder, this user's alone, for the sockets of shared connections. The path of TMPDIR may be too long for them. */
export async function makeConnectionFolder({ XDG_RUNTIME_DIR: runtime }: Environment): Promise<string> {
  const made =
    runtime && Buffer.byteLength(runtime) <= longest
      ? await mkdtemp(join(runtime, 'freehold-')).catch(() => undefined)
      : undefined;
  return made ?? mkdtemp('/tmp/freehold-');
}
