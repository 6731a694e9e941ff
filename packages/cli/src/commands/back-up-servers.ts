import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { backupName, sitesWithoutData } from '../backup/contents.ts';
import type { Call } from '../command.ts';
import { formatSize } from '../deploy/layers.ts';
import { readBackup, readSites } from '../edge/backup/read-backup.ts';
import { receiveFromServer } from '../edge/connection.ts';
import { onEachServer, type ServerWork, serversOf } from '../edge/each-server.ts';

const script = '/opt/freehold/scripts/host/back-up.sh';

/** Backs servers up: one file of each. An incomplete one is deleted. */
export async function backUpServers(call: Call): Promise<void> {
  const to = typeof call.options.to === 'string' ? call.options.to : '.';
  const found = await stat(to).catch(() => undefined);
  if (!found?.isDirectory())
    throw new FreeholdError(`Cannot write backups to '${to}': it is not a folder.`, { code: 'usage' });
  const servers = await serversOf(call.args, call);
  await onEachServer(servers, call, async (one) => {
    if (call.options.dryRun)
      return one.report(
        `Would back up ${one.server} to ${join(to, backupName(one.server, new Date()))}.tar.gz`,
      );
    await backUp(one, to);
  });
}

async function backUp(one: ServerWork, to: string): Promise<void> {
  const { file, partial, handle } = await claim(one.server, to);
  try {
    const code = await receiveFromServer(one.connection, [script], handle.fd);
    await handle.sync();
    await keep(one, { file, partial, code });
  } finally {
    await handle.close();
    // It holds keys.
    await rm(partial, { force: true });
  }
}

interface Claimed {
  readonly file: string;
  readonly partial: string;
  readonly handle: FileHandle;
}

/** A name that no backup has, and a file that no other run writes to and only this user reads. A second later there is one. */
async function claim(server: string, to: string): Promise<Claimed> {
  let reason = 'its name is taken';
  for (let tries = 0; tries < 30; tries += 1) {
    const name = backupName(server, new Date());
    const [partial, file] = [join(to, `.${name}.part`), join(to, `${name}.tar.gz`)];
    if (!existsSync(file)) {
      const handle = await open(partial, 'wx', 0o600).catch((error: unknown) => {
        reason = reasonOf(error);
      });
      if (handle) return { file, partial, handle };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new FreeholdError(`Cannot write a backup of ${server} to ${to}: ${reason}`);
}

/** A database that could not be dumped, or a site without data, is a failure; the file with the rest is kept anyway. */
async function keep(
  { server, connection: { signal }, report }: ServerWork,
  { file, partial, code }: { readonly file: string; readonly partial: string; readonly code: number | null },
): Promise<void> {
  const filled = await readBackup(partial, signal);
  if (!filled) throw new FreeholdError(`The backup of ${server} arrived incomplete and was deleted.`);
  const sites = await readSites(partial, signal);
  if (existsSync(file)) throw new FreeholdError(`Cannot write ${file}: it exists already.`);
  await rename(partial, file);
  const size = formatSize((await stat(file)).size);
  const count = sites.split('\n').length - 1;
  report(`${file}: ${size}B, sites: ${count}`);
  const lacking = sitesWithoutData(sites, filled);
  if (lacking.length > 0) {
    throw new FreeholdError(
      `The backup of ${server} has no data of these sites: ${lacking.join(' ')}. Look at /data/domains there.`,
    );
  }
  if (code !== 0) throw new FreeholdError(`The backup of ${server} is not complete; the reason is above.`);
}
