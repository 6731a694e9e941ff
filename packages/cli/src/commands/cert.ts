import { FreeholdError } from '@freehold/core/error';
import type { CommandSpec, Row } from '../command.ts';
import { isCertificateFile } from './is-certificate-file.ts';

const days = {
  name: 'days',
  value: 'DAYS',
  meaning:
    'a certificate that expires within this many days is wrong (21); one that acme renews is wrong when a tenth of its lifetime is left',
};

function wrongOnes(rows: readonly Row[]): string | undefined {
  const wrong = rows.filter(({ state }) => state === 'wrong');
  if (wrong.length === 0) return undefined;
  return `${wrong.length} of ${rows.length} certificates are wrong: ${wrong.map(({ name }) => name).join(', ')}.`;
}

/** @throws FreeholdError if one is wrong. */
export function faultOfRows(rows: readonly Row[]): void {
  const fault = wrongOnes(rows);
  if (fault !== undefined) throw new FreeholdError(fault);
}

export const certCommands: readonly CommandSpec[] = [
  {
    path: 'cert list',
    summary: "Lists the certificates of this host's sites",
    description: 'If certificates are automatic, sites that wait for their first one are listed too.',
    on: 'many',
    examples: [
      { command: 'freehold cert list', meaning: 'on a host' },
      { command: 'freehold cert list --on all --json', meaning: 'those of all servers, for a program' },
    ],
    does: {
      read: {
        fields: [
          { key: 'domain', header: 'DOMAIN', type: 'text', meaning: 'the domain that it belongs to' },
          { key: 'expires', type: 'time or null', meaning: 'when it expires (ISO 8601)' },
          {
            key: 'daysLeft',
            header: 'DAYS',
            type: 'number or null',
            meaning: 'the number of days until it expires',
          },
          { key: 'issuer', header: 'ISSUER', type: 'text or null', meaning: 'who issued it' },
          { key: 'names', header: 'NAMES', type: 'list', meaning: 'the domain names that it covers' },
          { key: 'file', type: 'text or null', meaning: 'its file; null if there is no certificate yet' },
          { key: 'problem', header: 'PROBLEM', type: 'text or null', meaning: 'why it cannot be read' },
          {
            key: 'automatic',
            header: 'AUTOMATIC',
            type: 'text or null',
            meaning: 'if certificates are automatic: its state in words, and when it is ordered or renewed',
          },
        ],
        read: async (call) => (await import('./read-certificates.ts')).listCertificates(call),
      },
    },
  },
  {
    path: 'cert check',
    replaces: ['host/check-certs.sh', 'deploy/check-cert.sh'],
    summary: 'Checks whether browsers accept certificates, and whether visitors get them',
    description:
      "A FILE contains a chain and its key; it can be checked on any machine, before you install it. A DOMAIN is a site of this host: its certificate is checked and compared with the one that HAProxy presents. If certificates are automatic, the next order for the DOMAIN is rehearsed too: the whole process runs with the staging directory of the CA, and nothing is installed. Without an argument, all certificates of the host are checked, in a cluster including the cluster's own. The exit code is 1 if one is wrong. A certificate among the data of a removed site is listed, but never wrong.",
    args: [
      {
        name: 'FILE|DOMAIN',
        optional: true,
        many: true,
        meaning: 'a file (with a slash, or ending in .pem; not with --on), or a domain',
        completes: 'domain',
        isOnlyHere: isCertificateFile,
      },
    ],
    options: [
      days,
      {
        name: 'domain',
        onlyHere: true,
        value: 'DOMAIN',
        meaning: 'the domain of FILE, if FILE is not named DOMAIN.pem',
        completes: 'domain',
      },
    ],
    on: 'many',
    examples: [
      { command: 'freehold cert check ./example.com.pem', meaning: 'a file, before you install it' },
      {
        command: 'freehold cert check example.com',
        meaning:
          'on a host: the certificate on disk, the one that HAProxy presents, and a rehearsal of the next order',
      },
      {
        command: 'freehold cert check --on all --days 14',
        meaning: 'all certificates of all servers, from a control machine',
      },
      {
        command: '/usr/local/bin/freehold cert check',
        meaning: 'on a host, from cron, whose PATH lacks /usr/local/bin',
      },
    ],
    does: {
      read: {
        fields: [
          {
            key: 'name',
            header: 'NAME',
            type: 'text',
            meaning: "the domain, or 'cluster …' for a certificate of a member",
          },
          {
            key: 'state',
            header: 'STATE',
            type: 'text',
            meaning:
              "'valid', 'wrong', 'none' (the site has no certificate) or 'kept' (among the data of a removed site)",
          },
          {
            key: 'daysLeft',
            header: 'DAYS',
            type: 'number or null',
            meaning: 'the number of days until it expires',
          },
          { key: 'expires', type: 'time or null', meaning: 'when it expires (ISO 8601)' },
          { key: 'file', type: 'text or null', meaning: 'its file' },
          { key: 'problem', header: 'PROBLEM', type: 'text or null', meaning: 'why it is wrong' },
          {
            key: 'rehearsal',
            header: 'REHEARSAL',
            type: 'text or null',
            meaning: "'passed' or 'failed'; null where no order was rehearsed, as without a DOMAIN",
          },
        ],
        read: async (call) => (await import('./read-certificates.ts')).checkCertificates(call),
        fault: wrongOnes,
      },
    },
  },
  {
    path: 'cert install',
    summary: 'Installs certificates for sites, and waits until visitors get them',
    description:
      'A certificate that browsers would reject, or that is not for its domain, is refused, and the previous one stays in use.',
    args: [
      { name: 'FILE', many: true, meaning: 'chain and key in one file, named DOMAIN.pem', completes: 'file' },
    ],
    options: [{ name: 'dry-run', meaning: 'checks the files, and installs nothing' }],
    on: 'one',
    examples: [
      { command: 'freehold cert install ./example.com.pem', meaning: 'on a host' },
      {
        command: 'freehold cert install example.com.pem example.org.pem --on h1.example.com',
        meaning: 'from a control machine',
      },
    ],
    replaces: ['deploy/approve-certs.sh'],
    does: {
      reaches: true,
      change: async (call) => (await import('./install-certificates.ts')).installCertificates(call),
    },
  },
];
