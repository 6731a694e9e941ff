import type { Argument, CommandSpec } from '../command.ts';
import { passOptions } from './pass-options.ts';

const domain: Argument = { name: 'DOMAIN', meaning: 'the site, as in example.com', completes: 'domain' };

export const siteTransfers: readonly CommandSpec[] = [
  {
    path: 'site move',
    summary: 'Moves a site from one server to another while it runs',
    description:
      'Run on a control machine. Its data, certificate, database, limits and mail forwards are copied while it runs; then it stops, the last difference is sent, and it starts at the other server. If anything fails, it goes on where it was. Cut off anywhere, run it again.',
    args: [
      domain,
      { name: 'FROM', meaning: 'the server that has it: HOST or USER@HOST', completes: 'server' },
      { name: 'TO', meaning: 'the server that gets it', completes: 'server' },
    ],
    options: [
      {
        name: 'pause',
        value: 'SECONDS',
        meaning: 'the site starts again at FROM if it is not at TO so long after it was stopped (120)',
      },
      { name: 'forget', meaning: 'later, when DNS leads to TO: FROM forgets the site' },
      { name: 'dry-run', meaning: 'prints what would be done, and changes nothing' },
    ],
    examples: [
      { command: 'freehold site move example.com h1.example.com h2.example.com', meaning: 'from h1 to h2' },
      {
        command: 'freehold site move example.com h1.example.com h2.example.com --forget',
        meaning: 'once DNS leads to h2',
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
      'Run on a control machine. What is on the server already is left as it is. A site that lives on another server by now is not restored unless --even-so is given.',
    args: [
      { name: 'SERVER', meaning: 'HOST or USER@HOST', completes: 'server' },
      { name: 'FILE', meaning: "a file of 'freehold server back-up'", completes: 'file' },
      { ...domain, many: true, meaning: 'the sites to restore, with their mail forwards' },
    ],
    options: [{ name: 'even-so', meaning: 'restores sites that live on other servers too, and asks none' }],
    examples: [
      {
        command: 'freehold site restore h1.example.com h1.example.com-20260101-030000.tar.gz example.com',
        meaning: 'one site of a backup',
      },
    ],
    does: {
      script: {
        paths: ['deploy/restore.sh'],
        map: (call) => ({
          path: 'deploy/restore.sh',
          args: [...call.args, ...passOptions(call, ['even-so'])],
        }),
      },
    },
  },
];
