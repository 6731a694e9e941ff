import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import type { Environment } from '@freehold/core/settings';
import type { Ownership } from './ownership.ts';
import { type ArchiveLimits, readImportSettings } from './settings.ts';

/** Where everything of one domain is, and whose it is. */
export interface Layout extends Ownership {
  readonly domain: Domain;
  /** What belongs to the site's owner. */
  readonly home: string;
  /** What was dropped to be imported: this folder, or an archive beside it. */
  readonly delivery: string;
  /** A delivery on its way home: whole, so a run that finds it goes on. */
  readonly arriving: string;
  /** A copy in the making, of an archive or from another file system: worthless once its run is dead. */
  readonly copying: string;
  /** A delivery, folder or archive, whose copy is whole: it has only to be removed. */
  readonly copied: string;
  /** Where an archive's links wait until its files are there; its name is gone as soon as it is open. */
  readonly links: string;
  readonly lock: string;
  /** What the last run found in order (see prepared.ts). */
  readonly prepared: string;
  readonly approvedCertificate: string;
  /** Folders that are there before anything else is done. */
  readonly bases: readonly string[];
  /** The same, of haproxy and confd. */
  readonly edgeFolders: readonly string[];
  /** What of the domain can be made again. */
  readonly runtime: string;
  readonly limits: ArchiveLimits;
  /** Bytes of disk that stay free for the host; depends on the disk unless set. */
  readonly diskReserve?: number | undefined;
}

export function readLayout(env: Environment, domain: Domain, rules: Ownership['rules']): Layout {
  const { data, haproxyDir, siteUid, limits, diskReserve } = readImportSettings(env);
  const edge = haproxyDir ?? join(data, 'runtime/haproxy');
  const approved = join(edge, 'approved-certs');
  const domains = join(data, 'domains');
  const imports = join(data, 'import');
  const locks = join(data, 'runtime/import');
  return {
    domain,
    home: join(domains, domain),
    delivery: join(imports, domain),
    arriving: join(domains, `.${domain}.arriving`),
    copying: join(domains, `.${domain}.copying`),
    copied: join(imports, `.${domain}.copied`),
    links: join(locks, `${domain}.links`),
    lock: join(locks, `${domain}.lock`),
    prepared: join(locks, `${domain}.prepared`),
    approvedCertificate: join(approved, `${domain}.pem`),
    bases: [domains, imports, locks],
    edgeFolders: [edge, approved],
    runtime: join(data, 'runtime/domains', domain),
    siteOwner: { uid: siteUid, gid: siteUid },
    rules,
    limits,
    diskReserve,
  };
}
