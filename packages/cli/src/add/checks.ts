// Whether a site can be added to this host, by what is seen of it. Nothing is changed if not.
import { FreeholdError } from '@freehold/core/error';
import { bridgePorts, isNearlyFull } from '../host/bridge-ports.ts';
import { checkTake, chooseImportable, type Importable, type Source } from './source.ts';

export interface AddRequest {
  readonly domain: string;
  readonly app: string;
  /** The folder or archive of --from or --take. */
  readonly source?: Source | undefined;
  /** --take: the source is removed after the import. */
  readonly take: boolean;
  /** The repository's address of --git. */
  readonly address?: string | undefined;
}

/** What is seen of the host and of the domain on it. */
export interface HostSeen {
  /** The app is declared and has its unit. */
  readonly hasApp: boolean;
  /** Another app whose unit for the domain starts with the host. */
  readonly otherApp?: string | undefined;
  /** ActiveState of the site's unit. */
  readonly unit: string;
  readonly isEnabled: boolean;
  /** How many sites are on the bridge. */
  readonly used: number;
  /** Paths in /data/import that are for the domain. */
  readonly uploads: readonly string[];
  /** Folders of the app that the domain has already, as in '/data/domains/example.com/static'. */
  readonly filled: readonly string[];
  /** The folder of pages that the app declares. */
  readonly pagesFolder?: string | undefined;
  /** The file for a repository's address that the app declares, as in 'static-git/GITURL'. */
  readonly addressFile?: string | undefined;
  /** The domain has that file. */
  readonly hasAddress: boolean;
  /** The apps that declare such a file. */
  readonly appsWithAddress: readonly string[];
}

export interface Checked {
  /** What is imported, if it comes from a source. */
  readonly importable?: Importable | undefined;
  readonly warnings: readonly string[];
}

const refuse = (reason: string) => new FreeholdError(reason, { code: 'usage' });

/** @throws FreeholdError with the first reason why the site cannot be added so. */
export function checkAdd(request: AddRequest, seen: HostSeen): Checked {
  const { domain, source, take, address } = request;
  checkApp(request, seen);
  const warnings = checkBridge(request, seen);
  checkExclusive({ source, address });
  // First, as a run that was cut off has left its source there.
  if (source || address !== undefined) checkRoom(domain, seen);
  const importable = source && chooseImportable(source, { domain, pagesFolder: seen.pagesFolder });
  if (source && take) checkTake(source);
  checkAddressNeeded(request, seen);
  return { importable, warnings };
}

/** @throws FreeholdError `usage` for data from two places. */
export function checkExclusive({
  source,
  address,
}: {
  readonly source?: unknown;
  readonly address?: unknown;
}) {
  if (source === undefined || address === undefined) return;
  throw refuse('--from and --git exclude each other: only one of them can provide the data.');
}

/** @throws FreeholdError `usage` */
export function checkApp(
  { domain, app }: Pick<AddRequest, 'domain' | 'app'>,
  { hasApp, otherApp }: Pick<HostSeen, 'hasApp' | 'otherApp'>,
): void {
  if (!hasApp)
    throw refuse(`This host has no app '${app}'. To list its apps: ls /etc/systemd/system/*@.service`);
  if (otherApp === undefined) return;
  throw refuse(
    `${domain} is a ${otherApp} site already. Remove it first (scripts/remove-site.sh ${domain} keeps its data).`,
  );
}

/** A site that runs already has its port. */
function checkBridge({ domain }: AddRequest, { unit, used }: HostSeen): string[] {
  if (unit === 'active' || !isNearlyFull(used)) return [];
  if (used >= bridgePorts) {
    throw new FreeholdError(
      `This host runs ${used} sites, and its network (the bridge freehold0) has room for only ${bridgePorts}: add ${domain} to another host, or stop a site here. Nothing was changed.`,
    );
  }
  return [`This host runs ${used} sites. Its network has room for ${bridgePorts}: plan for another host.`];
}

/** @throws FreeholdError if something waits to be imported already. */
export function checkWaiting(uploads: readonly string[]): void {
  if (uploads.length === 0) return;
  throw new FreeholdError(
    `An import is pending already: ${uploads.join(' and ')}. Start the site with it (add-site.sh without new data), or move it away.`,
  );
}

/** @throws FreeholdError if new data for the domain would not be imported. */
export function checkRoom(domain: string, { uploads, filled }: Pick<HostSeen, 'uploads' | 'filled'>): void {
  checkWaiting(uploads);
  const [folder] = filled;
  if (folder === undefined) return;
  throw new FreeholdError(
    `${domain} has data in ${folder}, and an import changes nothing there. Change the files in place, or remove the site with --delete-data first.`,
  );
}

function checkAddressNeeded({ app, source, address }: AddRequest, seen: HostSeen): void {
  if (seen.addressFile === undefined) {
    if (address === undefined) return;
    throw refuse(
      `--git requires an app with a repository (${seen.appsWithAddress.join(' ')}), but the app is ${app}.`,
    );
  }
  if (address !== undefined || source || seen.hasAddress || seen.uploads.length > 0) return;
  throw refuse(
    "Missing repository: --git 'https://git.example.org/site.git main' (the branch, tag or commit is optional).",
  );
}
