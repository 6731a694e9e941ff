// Sees what there is of a domain on this host, for add/checks.ts.
import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { isUploadFor } from '@freehold/core/uploads';
import type { HostSeen } from '../../add/checks.ts';
import type { Host } from '../host.ts';
import { enabledUnits, showUnits } from '../systemd.ts';

export const importFolder = '/data/import';
const bridge = '/sys/class/net/freehold0/brif';

export interface Looked extends HostSeen {
  /** Units of the domain without which the site's unit does not start; import@ is the first, as the others need it too. */
  readonly needed: readonly string[];
}

export async function lookAtHost(
  { apps }: Host,
  { domain, app, signal }: { readonly domain: Domain; readonly app: string; readonly signal: AbortSignal },
): Promise<Looked> {
  const unit = `${app}@${domain}.service`;
  const declared = apps.get(app);
  const hasApp = declared !== undefined && existsSync(`/etc/systemd/system/${app}@.service`);
  const shown = hasApp ? (await showUnits([unit], ['ActiveState', 'Requires'], signal)).get(unit) : undefined;
  const enabled = await enabledUnits();
  const addressFile = declared?.get('Address')?.[0];
  const data = (folder: string) => join('/data/domains', domain, folder);
  const required = (shown?.get('Requires') ?? '')
    .split(' ')
    .filter((one) => one.endsWith(`@${domain}.service`));
  const started = (declared?.get('Starts') ?? []).map((one) => one.replace('@', `@${domain}`));
  const isImport = (one: string) => one.startsWith('import@');
  const needed = [...new Set([...required, ...started])];
  return {
    hasApp,
    otherApp: [...apps.keys()].find((one) => one !== app && enabled.includes(`${one}@${domain}.service`)),
    unit: shown?.get('ActiveState') ?? 'inactive',
    isEnabled: enabled.includes(unit),
    used: (await readdir(bridge).catch(() => [])).length,
    uploads: await uploadsFor(domain),
    filled: [...new Set(declared?.get('Data') ?? [])].sort().map(data).filter(existsSync),
    pagesFolder: declared?.get('Pages')?.[0],
    addressFile,
    hasAddress: addressFile !== undefined && existsSync(data(addressFile)),
    appsWithAddress: [...apps].flatMap(([name, declaration]) => (declaration.has('Address') ? [name] : [])),
    needed: [...needed.filter(isImport), ...needed.filter((one) => !isImport(one))],
  };
}

/** What waits in /data/import for a domain. A run that was cut off may have left folders without any file. */
export async function uploadsFor(domain: Domain): Promise<string[]> {
  const names = (await readdir(importFolder).catch(() => [])).filter((name) => isUploadFor(name, domain));
  const paths = names.sort().map((name) => join(importFolder, name));
  const filled = await Promise.all(paths.map(holdsFile));
  return paths.filter((_, index) => filled[index]);
}

/** Whether a path is a file, or a folder with a file somewhere in it. */
export async function holdsFile(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true }).catch(
    ({ code }: NodeJS.ErrnoException) => code,
  );
  if (!Array.isArray(entries)) return entries !== 'ENOENT';
  for (const entry of entries) {
    if (!entry.isDirectory() || (await holdsFile(join(path, entry.name)))) return true;
  }
  return false;
}

/** Deletes a folder that has nothing in it but folders. */
export async function deleteEmptyFolders(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await deleteEmptyFolders(join(path, entry.name));
  // It has something else in it, or it is none.
  await rmdir(path).catch(() => undefined);
}
