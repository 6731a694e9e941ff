import { FreeholdError } from '@freehold/core/error';
import type { Argument, Call, CommandSpec, Row } from '../command.ts';
import { printSite } from '../host/print-site.ts';
import { textOf } from '../table.ts';

const domain: Argument = { name: 'DOMAIN', meaning: 'the site, such as example.com', completes: 'domain' };

export const siteReads: readonly CommandSpec[] = [
  {
    path: 'site list',
    replaces: ['list-sites.sh', 'deploy/list-sites.sh'],
    summary: 'Lists the sites: app, unit, backend, check, certificate',
    description:
      'If certificates are automatic, sites that have none or wait for a new one are reported on standard error, with the reason.',
    on: 'many',
    examples: [
      { command: 'freehold site list', meaning: 'on a host' },
      { command: 'freehold site list --on all', meaning: 'all sites of all servers in one table' },
      { command: 'freehold site list --json', meaning: 'for a program' },
    ],
    does: {
      read: {
        fields: [
          { key: 'domain', header: 'DOMAIN', type: 'text', meaning: "the site's domain" },
          { key: 'app', header: 'APP', type: 'text', meaning: 'its app, such as static' },
          {
            key: 'unit',
            header: 'UNIT',
            type: 'text',
            meaning: "the state of its unit: systemd's ActiveState",
          },
          {
            key: 'backend',
            header: 'BACKEND',
            type: 'text or null',
            meaning: 'its address in etcd, such as 172.30.0.5:80; null if it is not announced',
          },
          {
            key: 'check',
            header: 'CHECK',
            type: 'text or null',
            meaning: "the result of HAProxy's check, such as UP:L7OK/200",
          },
          {
            key: 'certificateEnds',
            header: 'CERTIFICATE',
            type: 'date or null',
            meaning: 'when its certificate expires',
          },
        ],
        read: async (call) => (await import('./read-sites.ts')).listSites(call),
      },
    },
  },
  {
    path: 'site show',
    summary: 'Shows the state of one site, and its limits with the file that sets each of them',
    args: [domain],
    on: 'many',
    examples: [{ command: 'freehold site show example.com', meaning: 'on a host' }],
    does: {
      read: {
        single: true,
        fields: [
          { key: 'domain', type: 'text', meaning: "the site's domain" },
          { key: 'app', type: 'text', meaning: 'its app, such as static' },
          { key: 'unit', type: 'text', meaning: "the state of its unit: systemd's ActiveState" },
          {
            key: 'started',
            type: 'time or null',
            meaning: 'when it became active (ISO 8601)',
          },
          { key: 'enabled', type: 'true or false', meaning: 'whether it starts with the host' },
          { key: 'backend', type: 'text or null', meaning: 'the address in etcd' },
          { key: 'check', type: 'text or null', meaning: "the result of HAProxy's check" },
          { key: 'certificateEnds', type: 'date or null', meaning: 'when its certificate expires' },
          { key: 'problem', type: 'text or null', meaning: 'why visitors cannot reach it' },
          { key: 'data', type: 'text', meaning: 'the folder of its data' },
          {
            key: 'limits',
            type: 'list',
            meaning:
              "each {name, unit, value, origin, preset, running, overridden}: the value from the next start and the file that sets it, the unit's own value, the running container's value or null, and a drop-in whose value has no effect, or null. value, preset and running are text, as in '64m' or '128'",
          },
        ],
        read: async (call) => (await import('./read-sites.ts')).showSite(call),
        print: printSite,
      },
    },
  },
  {
    path: 'site logs',
    summary: 'Prints the logs of all units of a site, including the output of its containers',
    args: [domain],
    options: [
      { name: 'lines', value: 'N', meaning: 'the last N lines (50)' },
      {
        name: 'since',
        value: 'TIME',
        meaning: "only lines since this time, in the form of journalctl: '1 hour ago'",
      },
      {
        name: 'follow',
        onlyHere: true,
        meaning: 'prints new lines until it is stopped; not with --json or --on',
      },
    ],
    on: 'many',
    examples: [
      { command: 'freehold site logs example.com --lines 200', meaning: 'on a host' },
      {
        command: "freehold site logs example.com --since '1 hour ago' --on h1.example.com",
        meaning: 'from a control machine',
      },
    ],
    does: {
      read: {
        fields: [
          { key: 'time', header: 'TIME', type: 'time', meaning: 'when it was logged (ISO 8601)' },
          { key: 'unit', header: 'UNIT', type: 'text', meaning: 'the unit that it concerns' },
          { key: 'message', header: 'MESSAGE', type: 'text', meaning: 'the line' },
        ],
        read: readOrFollow,
        print: (rows: readonly Row[]) =>
          rows.map(({ time, unit, message }) => `${textOf(time)} ${textOf(unit)}: ${textOf(message)}`),
      },
    },
  },
];

async function readOrFollow(call: Call): Promise<readonly Row[]> {
  const { followLogs, readLogs } = await import('./read-sites.ts');
  if (!call.options.follow) return readLogs(call);
  if (call.options.json)
    throw new FreeholdError('--follow and --json exclude each other.', { code: 'usage' });
  await followLogs(call);
  return [];
}
