// What an operator has set for the whole host, from a backup of all of it. A file or a setting that is here stays.
import type { Notice } from './notice.ts';

/** A file of the backup, its place on the host, and how it is installed there. */
export interface HostFile {
  /** Relative to the folder backup/. */
  readonly from: string;
  readonly to: string;
  readonly mode: number;
  /** User and group; root if undefined. */
  readonly owner?: number;
  /** What is reported if another one is here. */
  readonly differs?: string;
  /** What is reported once it is installed. */
  readonly installed?: string;
}

/** The program haproxy-confd reads certificates as this user. */
const confdUser = 10_001;
const postfix = '/data/runtime/postfix';

/** @param host the name of this host: the certificate of another one is not its own. */
export function hostFiles(host: string): HostFile[] {
  const locals = ['destinations.local', 'forwards.local', 'main.cf.local'].map((name) => ({
    from: `postfix/${name}`,
    to: `${postfix}/${name}`,
    mode: 0o644,
    differs: `Not restored: ${postfix}/${name} exists on this host already and differs.`,
    installed: `${postfix}/${name} is as in the backup now.`,
  }));
  const account = '/data/acme/account.pem';
  const certificate = `/data/runtime/haproxy/approved-certs/${host}.pem`;
  return [
    ...locals,
    {
      ...{ from: 'acme-account.pem', to: account, mode: 0o600 },
      differs: `Not restored: this host has its own account for certificates, ${account}`,
      // The CA knows the host as the same one.
      installed:
        'The account for automatic certificates is as in the backup now. Run scripts/setup.sh again to turn them on.',
    },
    { from: 'postfix/relay-password', to: `${postfix}/relay-password`, mode: 0o600 },
    { from: `${host}.pem`, to: certificate, mode: 0o400, owner: confdUser },
  ];
}

export interface HostSeen {
  /** Each file with its text in the backup and here; undefined where there is none. */
  readonly files: readonly {
    readonly file: HostFile;
    readonly backedUp: string | undefined;
    readonly here: string | undefined;
  }[];
  /** The secrets that sign rewritten senders, one a line. */
  readonly secrets: { readonly backedUp: string; readonly here: string };
  /** An earlier run was killed before postfix had read the secrets. */
  readonly isRestartDue: boolean;
  /** host.env */
  readonly environment: { readonly backedUp: string; readonly here: string };
}

export type HostOperation =
  | { readonly act: 'install'; readonly file: HostFile }
  | { readonly act: 'note-restart' | 'append-secrets' | 'restart-postfix' | 'drop-restart-note' }
  | { readonly act: 'add-settings'; readonly lines: readonly string[] };

export interface HostPlan {
  readonly notices: readonly Notice[];
  readonly operations: readonly HostStep[];
}

interface HostStep {
  readonly operation: HostOperation;
  /** What is reported once it is done. */
  readonly done: readonly string[];
}

export function planHostSettings({ files, secrets, isRestartDue, environment }: HostSeen): HostPlan {
  const notices: Notice[] = [];
  const operations: HostStep[] = [];
  for (const { file, backedUp, here } of files) {
    if (backedUp === undefined) continue;
    if (here === undefined) {
      const done = file.installed === undefined ? [] : [file.installed];
      operations.push({ operation: { act: 'install', file }, done });
    } else if (here !== backedUp && file.differs !== undefined) notices.push({ sentence: file.differs });
  }
  const isAppended = lacksSecrets(secrets);
  const acts = [
    ...(isAppended ? (['note-restart', 'append-secrets'] as const) : []),
    ...(isAppended || isRestartDue ? (['restart-postfix', 'drop-restart-note'] as const) : []),
  ];
  operations.push(...acts.map((act) => ({ operation: { act }, done: [] })));
  const lines = linesToAdd(environment);
  if (lines.length > 0) {
    const done = lines.map(
      (line) => `/etc/freehold/host.env: ${line}, as in the backup. Programs read it at their next start.`,
    );
    operations.push({ operation: { act: 'add-settings', lines }, done });
  }
  return { notices, operations };
}

/** With the secrets of before, bounces of what was sent then are still known; this host's own comes first, and signs. */
function lacksSecrets({ backedUp, here }: HostSeen['secrets']): boolean {
  if (backedUp === '' || here === '') return false;
  const known = new Set(here.split('\n'));
  return !backedUp.split('\n').some((line) => line !== '' && known.has(line));
}

/** Settings that a new host has of its own, or by its place in a cluster. */
const own = /^FREEHOLD_(?:HOST|HOST_IP|ETCD.*|HOP_PORT|SITES_NETWORK|SITES_ADDRESS|VERSION)$/;

/** Of a name that occurs several times, the last line counts. */
function linesToAdd({ backedUp, here }: HostSeen['environment']): string[] {
  const byName = (text: string) =>
    new Map(
      text.split('\n').flatMap((line) => (line.includes('=') ? [[line.split('=', 1)[0] ?? '', line]] : [])),
    );
  const known = byName(here);
  const isMissing = (name: string) => /^FREEHOLD_[A-Z_]+$/.test(name) && !own.test(name) && !known.has(name);
  return [...byName(backedUp)].flatMap(([name, line]) => (isMissing(name) ? [line] : []));
}
