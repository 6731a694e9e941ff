import { FreeholdError } from '@freehold/core/error';
import type { Argument, Call, CommandSpec, Option } from '../command.ts';
import { passOptions } from './pass-options.ts';

const servers: Argument = {
  name: 'SERVER',
  many: true,
  meaning: 'HOST or USER@HOST, as ssh takes it, or all: those of ~/.config/freehold/servers',
  completes: 'server',
};
const oneServer: Argument = {
  name: 'SERVER',
  meaning: 'HOST or USER@HOST, as ssh takes it',
  completes: 'server',
};

const dryRun: Option = {
  name: 'dry-run',
  meaning: 'prints which version each server has and would get, and changes nothing',
};

export const serverChanges: readonly CommandSpec[] = [
  {
    path: 'server deploy',
    summary: 'Makes bare servers hosts, or brings hosts up to date with this checkout',
    description:
      'Run on a control machine with Docker. Run again without a change, it takes seconds and restarts nothing. If a program fails to start, the deploy rolls back and reports it.',
    args: [servers],
    options: [
      { name: 'name', value: 'HOSTNAME', meaning: 'what a bare server is to be called, if not HOST' },
      { name: 'no-build', meaning: 'takes the images that Docker here has, and builds none' },
      dryRun,
    ],
    examples: [
      { command: 'freehold server deploy root@h1.example.com', meaning: 'a new server' },
      { command: 'freehold server deploy all', meaning: 'all servers of ~/.config/freehold/servers' },
    ],
    replaces: ['deploy/deploy.sh'],
    does: { change: async (call) => (await import('./deploy-servers.ts')).deployServers(call) },
  },
  {
    path: 'server roll-back',
    summary: 'Goes back, or on, to a version that the servers have',
    args: [servers],
    options: [
      { name: 'to', value: 'VERSION', meaning: "the version, as 'freehold server versions' lists it" },
      dryRun,
    ],
    examples: [
      {
        command: 'freehold server roll-back h1.example.com --to 762bdac0a1-3f9a12',
        meaning: 'refused if its MariaDB is older than the data of a site',
      },
    ],
    replaces: ['deploy/deploy.sh --to'],
    does: { change: async (call) => (await import('./deploy-servers.ts')).rollBackServers(call) },
  },
  {
    path: 'server run',
    summary: 'Runs a command on servers, on all at once, as root',
    args: [
      servers,
      {
        name: 'COMMAND',
        many: true,
        meaning: "a program and its arguments, after --; for pipes and the like: bash -c '…'",
      },
    ],
    options: [{ name: 'dry-run', meaning: 'prints the command for each server, and runs nothing' }],
    passesOn: true,
    examples: [
      {
        command: 'freehold server run all -- systemctl --failed',
        meaning: 'each line of output has its server before it',
      },
    ],
    replaces: ['deploy/run.sh'],
    does: { change: async (call) => (await import('./run-on-servers.ts')).runOnServers(call) },
  },
  {
    path: 'server back-up',
    summary: 'Backs servers up, while their sites run: one file of each',
    description:
      'The files hold keys and passwords, so only you can read them. None is ever replaced or deleted.',
    args: [servers],
    options: [
      {
        name: 'to',
        value: 'FOLDER',
        meaning: 'where the files SERVER-YYYYMMDD-HHMMSS.tar.gz go (the current folder)',
        completes: 'file',
      },
      { name: 'dry-run', meaning: 'prints which file each server would have, and backs nothing up' },
    ],
    examples: [
      {
        command: 'freehold server back-up all --to /srv/backups',
        meaning: 'every night; in a crontab, write the full path of freehold, which cron does not find',
      },
    ],
    replaces: ['deploy/back-up.sh'],
    does: { change: async (call) => (await import('./back-up-servers.ts')).backUpServers(call) },
  },
  {
    path: 'server restore',
    summary: 'Restores a whole backup to a server',
    description: "What is there already is left as it is. 'freehold site restore' restores single sites.",
    args: [
      { ...oneServer, optional: true },
      { name: 'FILE', optional: true, meaning: "a file of 'freehold server back-up'", completes: 'file' },
    ],
    options: [
      { name: 'even-so', meaning: 'restores sites that live on other servers too, and asks none' },
      {
        name: 'list',
        value: 'FILE',
        meaning: 'lists the sites of a backup, and restores nothing',
        completes: 'file',
      },
    ],
    examples: [
      {
        command: 'freehold server restore h1.example.com h1.example.com-20260101-030000.tar.gz',
        meaning: 'to the server that it is from, deployed again',
      },
      {
        command: 'freehold server restore --list h1.example.com-20260101-030000.tar.gz',
        meaning: 'what is in it',
      },
    ],
    does: { script: { paths: ['deploy/restore.sh'], map: restore } },
  },
  {
    path: 'server import',
    summary: 'Sends the data of a site to a server, for its next start',
    args: [
      oneServer,
      { name: 'DOMAIN', meaning: 'the site', completes: 'domain' },
      {
        name: 'PATH',
        meaning: 'a folder of pages, or a folder or archive of the tree of /data/domains/DOMAIN',
        completes: 'file',
      },
    ],
    options: [{ name: 'app', value: 'APP', meaning: 'what it is to be, if not static', completes: 'app' }],
    examples: [
      {
        command: 'freehold server import h1.example.com example.net net.tar.gz',
        meaning: 'then: freehold site add example.net --on h1.example.com',
      },
    ],
    does: {
      script: {
        paths: ['deploy/import-site.sh'],
        map: (call) => ({
          path: 'deploy/import-site.sh',
          args: [...call.args, ...passOptions(call, ['app'])],
        }),
      },
    },
  },
];

function restore(call: Call) {
  const { args, options } = call;
  if (typeof options.list === 'string') return { path: 'deploy/restore.sh', args: [options.list, '--list'] };
  if (args.length < 2) throw missing(args.length === 0 ? 'SERVER' : 'FILE', 'server restore');
  return { path: 'deploy/restore.sh', args: [...args, ...passOptions(call, ['even-so'])] };
}

function missing(what: string, path: string): FreeholdError {
  return new FreeholdError(`Missing argument: ${what}. See 'freehold ${path} --help'.`, { code: 'usage' });
}
