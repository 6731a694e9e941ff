import { join } from 'node:path';
import { createCertificateReader, readDefaultCertificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { parseLocal } from '@freehold/core/mail-address';
import type { Fault } from '@freehold/core/report-faults';
import { type Forward, nameOf } from './forward.ts';
import { pruneForwards } from './prune-forwards.ts';
import { createEntryReader } from './read-entries.ts';
import { createLocalReader } from './read-local-files.ts';
import type { Desired } from './render.ts';
import type { PostfixSettings } from './settings.ts';

type Entries = ReadonlyMap<string, string>;

/** A snapshot of the keys under `/mail/` in etcd. */
export interface Snapshot {
  readonly mail: Entries;
}

/** Reads all inputs; returns the desired state of Postfix, and the skipped entries. */
export type ReadDesired = (snapshot: Snapshot) => Promise<Desired & { faults: Fault[] }>;

/**
 * Creates the function that turns etcd, the operator's files and the certificates into Postfix's desired
 * state.
 */
export function createDesiredReader(settings: PostfixSettings): ReadDesired {
  const { FREEHOLD_HOST: hostname, FREEHOLD_HAPROXY_DIR: edge, FREEHOLD_FORWARD_TARGETS: limit } = settings;
  const readLocal = createLocalReader({ folder: settings.FREEHOLD_POSTFIX_DIR, limit });
  const readEntries = createEntryReader(limit);
  const readCertificates = createCertificateReader(join(edge, 'approved-certs'));
  return async ({ mail }) => {
    const local = await readLocal();
    const found = readEntries(mail, local.forwards);
    const destinations = new Set([hostname as Domain, ...local.destinations]);
    const { forwards, faults } = pruneForwards(withPostmaster(found.forwards, settings), destinations, limit);
    const certificates = await readCertificates();
    const own = await readDefaultCertificate(join(edge, 'default.pem'));
    return {
      hostname,
      destinations,
      forwards,
      certificates: certificates.found,
      // haproxy-confd reports problems with a certificate.
      defaultCertificate: 'reason' in own ? undefined : own,
      faults: [...local.faults, ...found.faults, ...faults],
    };
  };
}

/**
 * RFC 5321, section 4.5.1: a server must have a postmaster. An explicit forward for the host's postmaster
 * takes precedence.
 */
function withPostmaster(forwards: ReadonlyMap<string, Forward>, settings: PostfixSettings) {
  const { FREEHOLD_POSTMASTER: target, FREEHOLD_HOST: host } = settings;
  if (!target) return forwards;
  const postmaster = {
    domain: host as Domain,
    local: parseLocal('postmaster'),
    targets: [target],
    source: 'FREEHOLD_POSTMASTER',
  };
  return new Map([[nameOf(postmaster), postmaster], ...forwards]);
}
