import type { CommandSpec } from '../command.ts';
import { printStatus, statusFault } from '../host/status.ts';

export const statusCommands: readonly CommandSpec[] = [
  {
    path: 'status',
    summary: 'Shows the state of this host: programs, unhealthy sites, certificates, dumps, disk',
    description:
      "The exit code is 1 if a program is not running or a site is unhealthy, so you can use it for monitoring. A unit that is starting or stopping is listed separately and does not change the exit code, unless it waits for a retry after a failure. Backups are made from a control machine and leave no trace on the host; the list has the dumps of databases in the sites' folders.",
    on: 'many',
    examples: [
      { command: 'freehold status', meaning: 'on a host' },
      { command: 'freehold status --on all', meaning: 'all servers in ~/.config/freehold/servers' },
    ],
    does: {
      read: {
        single: true,
        fields: [
          { key: 'host', type: 'text', header: 'HOST', meaning: "the host's name" },
          { key: 'version', type: 'text or null', meaning: 'the version of freehold that was deployed' },
          {
            key: 'programs',
            type: 'list',
            meaning:
              'each {name, unit, container, isWell}: the states of its unit and container, and whether it is running',
          },
          { key: 'sites', type: 'number', header: 'SITES', meaning: 'the number of sites of this host' },
          {
            key: 'serving',
            type: 'number',
            header: 'SERVED',
            meaning: 'the number of sites that are served',
          },
          {
            key: 'unhealthy',
            type: 'list',
            meaning: 'each {domain, app, problem}: sites that should be served, but are not',
          },
          {
            key: 'changing',
            type: 'list',
            meaning:
              "each {unit, state}: programs and sites whose unit is starting or stopping; state is 'activating' or 'deactivating'",
          },
          { key: 'certificates', type: 'number', meaning: 'the number of sites with a certificate' },
          {
            key: 'expiring',
            type: 'list',
            meaning: 'each {domain, daysLeft}: certificates that have expired or expire within 21 days',
          },
          {
            key: 'dumps',
            type: 'list',
            meaning: 'each {domain, last}: the time of the last dump of its database, or null',
          },
          { key: 'freeBytes', type: 'number', meaning: 'free space in /data' },
          { key: 'totalBytes', type: 'number', meaning: 'size of the file system of /data' },
        ],
        read: async (call) => (await import('./read-status.ts')).readStatus(call),
        print: printStatus,
        fault: statusFault,
      },
    },
  },
];
