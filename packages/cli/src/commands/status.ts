import type { CommandSpec } from '../command.ts';
import { printStatus, statusFault } from '../host/status.ts';

export const statusCommands: readonly CommandSpec[] = [
  {
    path: 'status',
    summary: 'One screen about this host: programs, unhealthy sites, certificates, dumps, disk',
    description:
      "The exit code is 1 if a program does not run or a site is unhealthy, so it is fit for monitoring; a unit that is starting or stopping is listed apart and is no reason, unless it waits for its next start after a failure. Backups are made from a control machine and leave no trace on the host; what is listed here are the dumps of databases in the sites' folders.",
    on: 'many',
    examples: [
      { command: 'freehold status', meaning: 'on a host' },
      { command: 'freehold status --on all', meaning: 'all servers of ~/.config/freehold/servers' },
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
              'each {name, unit, container, isWell}: the states of its unit and its container, and whether it runs',
          },
          { key: 'sites', type: 'number', header: 'SITES', meaning: 'how many sites this host knows' },
          { key: 'serving', type: 'number', header: 'SERVED', meaning: 'how many of them are served' },
          {
            key: 'unhealthy',
            type: 'list',
            meaning: 'each {domain, app, problem}: sites that should be served and are not',
          },
          {
            key: 'changing',
            type: 'list',
            meaning:
              "each {unit, state}: programs and sites whose unit is starting or stopping; state is 'activating' or 'deactivating'",
          },
          { key: 'certificates', type: 'number', meaning: 'how many sites have a certificate of their own' },
          {
            key: 'expiring',
            type: 'list',
            meaning: 'each {domain, daysLeft}: certificates that expire within 21 days, or have expired',
          },
          {
            key: 'dumps',
            type: 'list',
            meaning: 'each {domain, last}: the time of the last dump of a database, or null',
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
