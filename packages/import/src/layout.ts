import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';
import * as v from 'valibot';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Where everything of one domain is, and whose it is. */
export interface Layout {
  readonly domain: Domain;
  /** What belongs to the site's owner. */
  readonly home: string;
  /** What was dropped to be imported. */
  readonly delivery: string;
  /** A delivery on its way home: whole, so a run that finds it goes on. */
  readonly arriving: string;
  /** A copy in the making, when the delivery is on another file system: worthless once its run is dead. */
  readonly copying: string;
  /** A delivery whose copy is whole: it has only to be removed. */
  readonly copied: string;
  readonly lock: string;
  readonly approvedCertificate: string;
  /** Folders that are there before anything else is done. */
  readonly bases: readonly string[];
  /** The same, of haproxy and confd. */
  readonly edgeFolders: readonly string[];
  readonly siteOwner: Owner;
}

/** The user of haproxy and confd. */
export const edgeOwner: Owner = { uid: 10001, gid: 10001 };

export function readLayout(env: Environment, domain: Domain): Layout {
  const settings = readSettings(
    {
      FREEHOLD_DATA: absolutePath('/data'),
      FREEHOLD_SITE_UID: wholeNumber({ min: 1, max: 2 ** 31 - 1, preset: 10002 }),
      FREEHOLD_HAPROXY_DIR: v.optional(v.unwrap(absolutePath('/'))),
    },
    env,
  );
  const data = settings.FREEHOLD_DATA;
  const edge = settings.FREEHOLD_HAPROXY_DIR ?? join(data, 'runtime/haproxy');
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
    lock: join(locks, `${domain}.lock`),
    approvedCertificate: join(approved, `${domain}.pem`),
    bases: [domains, imports, locks],
    edgeFolders: [edge, approved],
    siteOwner: { uid: settings.FREEHOLD_SITE_UID, gid: settings.FREEHOLD_SITE_UID },
  };
}
