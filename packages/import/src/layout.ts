import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import type { Environment } from '@freehold/core/settings';
import type { Ownership } from './ownership.ts';
import { type ArchiveLimits, readImportSettings } from './settings.ts';

/** The paths of one domain, and the owners of its files. */
export interface Layout extends Ownership {
  readonly domain: Domain;
  /** Belongs to the site's owner. */
  readonly home: string;
  /** The upload to import: this folder, or an archive beside it. */
  readonly upload: string;
  /** A complete upload on its way to `home`: a run that finds it continues. */
  readonly arriving: string;
  /** An incomplete copy, of an archive or from another file system: worthless once its run is dead. */
  readonly copying: string;
  /** An upload, folder or archive, whose copy is complete: it only needs to be removed. */
  readonly copied: string;
  /** Holds an archive's links until its files exist; the file is unlinked as soon as it is open. */
  readonly links: string;
  readonly lock: string;
  /** The valid state that the last run found (see prepared.ts). */
  readonly prepared: string;
  readonly approvedCertificate: string;
  /** Folders that must exist before anything else is done. */
  readonly bases: readonly string[];
  /** The same, for haproxy and confd. */
  readonly edgeFolders: readonly string[];
  /** The domain's data that can be recreated. */
  readonly runtime: string;
  readonly limits: ArchiveLimits;
  /** Disk space reserved for the host, in bytes; by default it depends on the disk. */
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
    upload: join(imports, domain),
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
