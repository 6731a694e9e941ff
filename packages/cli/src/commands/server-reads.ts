import type { Argument, CommandSpec } from '../command.ts';
import { serversFault } from '../host/server-row.ts';
import { statusCommands } from './status.ts';

const servers: Argument = {
  name: 'SERVER',
  many: true,
  meaning: 'HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers',
  completes: 'server',
};
export const serverReads: readonly CommandSpec[] = [
  {
    path: 'server list',
    summary: 'Lists servers: their hosts, versions and sites',
    description:
      'Run on a control machine: it asks all servers at once. The exit code is 1 if one cannot be reached or has problems.',
    args: [
      {
        ...servers,
        optional: true,
        meaning: 'HOST or USER@HOST; without it, the servers in ~/.config/freehold/servers',
      },
    ],
    examples: [
      { command: 'freehold server list', meaning: 'all servers' },
      { command: 'freehold server list h1.example.com', meaning: 'one' },
    ],
    does: {
      read: {
        fields: [
          {
            key: 'server',
            header: 'SERVER',
            type: 'text',
            meaning: 'the server as it is written in the list',
          },
          { key: 'host', header: 'HOST', type: 'text or null', meaning: "the host's own name" },
          { key: 'reached', type: 'true or false', meaning: 'whether it answered' },
          {
            key: 'version',
            header: 'VERSION',
            type: 'text or null',
            meaning: 'the version of freehold in use',
          },
          { key: 'sites', header: 'SITES', type: 'number or null', meaning: 'the number of its sites' },
          {
            key: 'serving',
            header: 'SERVED',
            type: 'number or null',
            meaning: 'the number of sites that are served',
          },
          {
            key: 'problem',
            header: 'PROBLEM',
            type: 'text or null',
            meaning: 'why it cannot be reached, or its problems',
          },
        ],
        read: async (call) => {
          const { listServers } = await import('./read-servers.ts');
          return listServers(statusCommands[0] as CommandSpec, call);
        },
        fault: serversFault,
      },
    },
  },
  {
    path: 'server versions',
    replaces: ['host/list-versions.sh', 'deploy/deploy.sh --versions'],
    summary: 'Lists the versions of freehold that a host has, the newest first',
    on: 'many',
    examples: [
      {
        command: 'freehold server versions --on all',
        meaning: "the versions for 'freehold server roll-back'",
      },
    ],
    does: {
      read: {
        fields: [
          {
            key: 'version',
            header: 'VERSION',
            type: 'text',
            meaning: 'a commit and its images, as in 762bdac0a1-3f9a12',
          },
          { key: 'inUse', header: 'IN USE', type: 'true or false', meaning: 'whether it is in use' },
          { key: 'made', header: 'MADE', type: 'time', meaning: 'when it arrived (ISO 8601)' },
        ],
        read: async (call) => (await import('./read-servers.ts')).listVersions(call),
      },
    },
  },
];
