// This host: its settings, and the apps that it has.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { hostSettings } from '@freehold/core/host';
import { type Environment, readSettings } from '@freehold/core/settings';
import * as v from 'valibot';
import type { Call } from '../command.ts';
import { type Declarations, parseDeclaration } from '../host/declarations.ts';
import { parseEnvironmentFile } from '../host/environment-file.ts';
import { scriptsFolder } from './scripts-folder.ts';

export const hostFile = '/etc/freehold/host.env';

export interface Host {
  readonly settings: ReturnType<typeof readHostSettings>;
  /** All of host.env. */
  readonly env: Environment;
  readonly apps: Declarations;
}

/**
 * Reads what a command on a host begins with.
 *
 * @throws FreeholdError if this is no host, or the user is not root.
 */
export async function readHost(call: Call): Promise<Host> {
  const text = await readFile(hostFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      throw new FreeholdError(
        `This machine is not a freehold host (${hostFile} does not exist). On a control machine, select servers with --on; to make this machine a host, run scripts/setup.sh.`,
      );
    }
    throw new FreeholdError(`Cannot read ${hostFile}: ${reasonOf(error)}. Run freehold as root.`, {
      cause: error,
    });
  });
  if (process.geteuid?.() !== 0) {
    throw new FreeholdError('Only root can do this on a host. Run it with sudo.', { code: 'usage' });
  }
  const env = parseEnvironmentFile(text);
  return { settings: readHostSettings(env), env, apps: await readApps(call.env) };
}

function readHostSettings(env: Environment) {
  return readSettings({ ...hostSettings, FREEHOLD_VERSION: v.optional(v.string()) }, env);
}

/** The apps' declarations: where setup.sh has installed them, or those of the checkout. */
export async function readApps(env: Environment): Promise<Declarations> {
  const checkout = join(dirname(scriptsFolder(env)), 'unit-files/apps');
  for (const folder of ['/usr/local/lib/freehold/apps', checkout]) {
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.conf'));
    if (files.length === 0) continue;
    const read = async (name: string) =>
      [name.slice(0, -'.conf'.length), parseDeclaration(await readFile(join(folder, name), 'utf8'))] as const;
    return new Map(await Promise.all(files.sort().map(read)));
  }
  throw new FreeholdError(
    `There are no apps in /usr/local/lib/freehold/apps or ${checkout}: run scripts/setup.sh again.`,
  );
}
