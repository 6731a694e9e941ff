import type { Argument, CommandSpec } from '../command.ts';
import { dryRunRestore } from './server-changes.ts';

const domain: Argument = { name: 'DOMAIN', meaning: 'the site, such as example.com', completes: 'domain' };

export const siteTransfers: readonly CommandSpec[] = [
  {
    path: 'site move',
    summary: 'Moves a site from one server to another while it runs',
    description:
      'Run it on a control machine. It copies data, certificate, database, limits and mail forwards while the site runs. Then the site stops, the last changes are copied, and it starts on the other server. If anything fails, it continues on the first server. After an interruption, run it again.',
    args: [
      domain,
      { name: 'FROM', meaning: 'the server that has the site: HOST or USER@HOST', completes: 'server' },
      { name: 'TO', meaning: 'the server that the site moves to', completes: 'server' },
    ],
    options: [
      {
        name: 'pause',
        value: 'SECONDS',
        meaning: 'the site restarts at FROM if the move has not succeeded this long after its stop (120)',
      },
      {
        name: 'forget',
        meaning: 'later, when DNS points to TO: removes the site from FROM, except its data',
      },
      { name: 'dry-run', meaning: 'prints what would be done, and changes nothing' },
    ],
    examples: [
      { command: 'freehold site move example.com h1.example.com h2.example.com', meaning: 'from h1 to h2' },
      {
        command: 'freehold site move example.com h1.example.com h2.example.com --forget',
        meaning: 'once DNS points to h2',
      },
    ],
    replaces: ['deploy/move-site.sh'],
    does: {
      asks: ({ args, options }) => (options.forget ? `Have ${args[1]} forget ${args[0]}?` : undefined),
      change: async (call) => (await import('./move-site.ts')).moveSite(call),
    },
  },
  {
    path: 'site restore',
    summary: 'Restores single sites from a backup to a server',
    description:
      'Run it on a control machine. It overwrites nothing on the server. A site that now lives on another server is restored only with --even-so.',
    args: [
      { name: 'SERVER', meaning: 'HOST or USER@HOST', completes: 'server' },
      { name: 'FILE', meaning: "a file from 'freehold server back-up'", completes: 'file' },
      { ...domain, many: true, meaning: 'the sites to restore, with their mail forwards' },
    ],
    options: [
      {
        name: 'even-so',
        meaning: 'also restores sites that live on other servers, without asking those servers',
      },
      dryRunRestore,
    ],
    examples: [
      {
        command: 'freehold site restore h1.example.com h1.example.com-20260101-030000.tar.gz example.com',
        meaning: 'one site from a backup',
      },
    ],
    replaces: ['deploy/restore.sh'],
    does: { change: async (call) => (await import('./restore-server.ts')).restoreSites(call) },
  },
];
