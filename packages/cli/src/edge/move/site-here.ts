// What the steps of a move know of the site on this host, and the few calls that several of them make.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../../command.ts';
import { type Host, readHost } from '../host.ts';
import { outputOf, runProgram } from '../run-program.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { enabledUnits, showUnits } from '../systemd.ts';

export interface SiteHere {
  readonly domain: Domain;
  readonly host: Host;
  /** The folder scripts/ of the version in use. */
  readonly scripts: string;
  /** /data/moving/DOMAIN: the notes of a move while it lasts, and at its new host the copy. */
  readonly notes: string;
  readonly signal: AbortSignal;
  /** Prints a sentence for the operator, or why something has failed. */
  report(sentence: string, kind?: 'failure'): void;
}

/**
 * The site of a domain on this host, whether there is one or not.
 *
 * @throws FreeholdError if this is no host, or the user is not root.
 */
export async function siteHere(
  domain: Domain,
  { env, log, signal }: Pick<Call, 'env' | 'log' | 'signal'>,
  report: SiteHere['report'],
): Promise<SiteHere> {
  const host = await readHost({ args: [], options: {}, env, log, signal });
  return { domain, host, notes: `/data/moving/${domain}`, signal, report, scripts: scriptsFolder(env) };
}

/** The unit that starts a site again if nobody comes back. */
export const restartUnit = (domain: string): string => `freehold-move-back-${domain}`;
/** The unit in which tar packs or unpacks. */
export const transferUnit = (domain: string): string => `freehold-transfer-${domain}`;
export const systemUnits = '/etc/systemd/system';

/** @throws FreeholdError with the last words of systemctl. */
export async function systemctl({ signal }: SiteHere, ...words: string[]): Promise<void> {
  await outputOf('systemctl', words, { signal });
}

/** For units that may not be there. */
export async function trySystemctl({ signal }: SiteHere, ...words: string[]): Promise<void> {
  await runProgram('systemctl', words, { signal });
}

/** A word, as in 'active' or 'inactive'. */
export async function activeState({ signal }: SiteHere, unit: string): Promise<string> {
  return (await showUnits([unit], ['ActiveState'], signal)).get(unit)?.get('ActiveState') ?? 'inactive';
}

/** The app of a site that runs or starts with the host. By the links on disk: systemd may remember others. */
export async function appHere({ host, domain, signal }: SiteHere): Promise<string | undefined> {
  const apps = [...host.apps.keys()];
  const unitOf = (app: string) => `${app}@${domain}.service`;
  const [enabled, shown] = await Promise.all([
    enabledUnits(),
    showUnits(apps.map(unitOf), ['ActiveState'], signal),
  ]);
  const isOn = (app: string) => (shown.get(unitOf(app))?.get('ActiveState') ?? 'inactive') !== 'inactive';
  return apps.find((app) => enabled.includes(unitOf(app)) || isOn(app));
}

/** Which of the site's folders there are, in /data or in a copy of it. */
export function foldersIn(base: string, domain: string): string[] {
  return [`domains/${domain}`, `runtime/domains/${domain}`].filter((path) => existsSync(join(base, path)));
}

/** The values that an app declares for a key. */
export function declared({ host }: SiteHere, key: string, app: string): readonly string[] {
  return host.apps.get(app)?.get(key) ?? [];
}

/** Units of the site beside its own, as in 'mysql@example.com.service'. */
export function furtherUnits(site: SiteHere, app: string): string[] {
  return [...new Set(declared(site, 'Units', app))].map((unit) => unit.replace('@', `@${site.domain}`));
}

/** Whether this host is a member of a cluster, whose mail forwards no host may write. */
export function isMember({ host }: SiteHere): boolean {
  return host.settings.FREEHOLD_ETCD_CERT !== undefined;
}

/** @throws FreeholdError with the program's last words, and `what` before them. */
export async function must(site: SiteHere, what: string, command: string, ...words: string[]): Promise<void> {
  const { code, stderr } = await runProgram(command, words, { signal: site.signal });
  if (code === 0) return;
  throw new FreeholdError(`${what}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`);
}
