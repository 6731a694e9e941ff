import type { Argument, CommandSpec, Option } from '../command.ts';

const servers: Argument = {
  name: 'SERVER',
  many: true,
  meaning: 'HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers',
  completes: 'server',
};
const oneServer: Argument = {
  name: 'SERVER',
  meaning: 'HOST or USER@HOST, as for ssh',
  completes: 'server',
};

const dryRun: Option = {
  name: 'dry-run',
  meaning: 'prints which version each server has and would get, and changes nothing',
};

export const dryRunRestore: Option = {
  name: 'dry-run',
  meaning: 'asks the servers, prints what would be restored, and changes nothing',
};

export const serverChanges: readonly CommandSpec[] = [
  {
    path: 'server deploy',
    summary: 'Sets up freehold on bare servers, or upgrades hosts to this checkout',
    description:
      'Run on a control machine with Docker. Run again without a change, it takes seconds and restarts nothing. If a program fails to start, the deploy rolls back and reports it.',
    args: [servers],
    options: [
      { name: 'name', value: 'HOSTNAME', meaning: "a bare server's name as a host, instead of HOST" },
      { name: 'no-build', meaning: "uses the images of this machine's Docker, and builds none" },
      dryRun,
    ],
    examples: [
      { command: 'freehold server deploy root@h1.example.com', meaning: 'a new server' },
      { command: 'freehold server deploy all', meaning: 'all servers in ~/.config/freehold/servers' },
    ],
    replaces: ['deploy/deploy.sh'],
    does: { change: async (call) => (await import('./deploy-servers.ts')).deployServers(call) },
  },
  {
    path: 'server roll-back',
    summary: 'Switches servers to an older or newer version that they have',
    args: [servers],
    options: [
      { name: 'to', value: 'VERSION', meaning: "the version, as 'freehold server versions' lists it" },
      dryRun,
    ],
    examples: [
      {
        command: 'freehold server roll-back h1.example.com --to 762bdac0a1-3f9a12',
        meaning: 'refused if its MariaDB is too old for the database of a site',
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
        meaning: "a program and its arguments, after --; for a pipe: bash -c '…'",
      },
    ],
    options: [{ name: 'dry-run', meaning: 'prints the command for each server, and runs nothing' }],
    passesOn: true,
    examples: [
      {
        command: 'freehold server run all -- systemctl --failed',
        meaning: 'each line of output begins with its server',
      },
    ],
    replaces: ['deploy/run.sh'],
    does: { change: async (call) => (await import('./run-on-servers.ts')).runOnServers(call) },
  },
  {
    path: 'server back-up',
    summary: 'Backs up servers while their sites run: one file for each server',
    description:
      'The files contain keys and passwords, so only you can read them. Existing files are never replaced or deleted.',
    args: [servers],
    options: [
      {
        name: 'to',
        value: 'FOLDER',
        meaning: 'the folder for the files SERVER-YYYYMMDD-HHMMSS.tar.gz (the current folder)',
        completes: 'file',
      },
      { name: 'dry-run', meaning: 'prints which file each server would have, and backs nothing up' },
    ],
    examples: [
      {
        command: 'freehold server back-up all --to /srv/backups',
        meaning: 'every night; a crontab needs the full path of freehold',
      },
    ],
    replaces: ['deploy/back-up.sh'],
    does: { change: async (call) => (await import('./back-up-servers.ts')).backUpServers(call) },
  },
  {
    path: 'server restore',
    summary: 'Restores a whole backup to a server',
    description: "It overwrites nothing. 'freehold site restore' restores single sites.",
    args: [
      { ...oneServer, optional: true },
      { name: 'FILE', optional: true, meaning: "a file from 'freehold server back-up'", completes: 'file' },
    ],
    options: [
      {
        name: 'even-so',
        meaning: 'also restores sites that live on other servers, without asking those servers',
      },
      {
        name: 'list',
        value: 'FILE',
        meaning: 'lists the sites in a backup, and restores nothing',
        completes: 'file',
      },
      dryRunRestore,
    ],
    examples: [
      {
        command: 'freehold server restore h1.example.com h1.example.com-20260101-030000.tar.gz',
        meaning: 'to its own server, after a new deploy',
      },
      {
        command: 'freehold server restore --list h1.example.com-20260101-030000.tar.gz',
        meaning: 'lists its sites',
      },
    ],
    replaces: ['deploy/restore.sh'],
    does: { change: async (call) => (await import('./restore-server.ts')).restoreServer(call) },
  },
  {
    path: 'server import',
    summary: "Sends a site's data to a server, which imports it at the site's next start",
    args: [
      oneServer,
      { name: 'DOMAIN', meaning: 'the site', completes: 'domain' },
      {
        name: 'PATH',
        meaning: 'a folder of pages, or a folder or archive with the structure of /data/domains/DOMAIN',
        completes: 'file',
      },
    ],
    options: [
      { name: 'app', value: 'APP', meaning: 'the app of the site, if not static', completes: 'app' },
      { name: 'dry-run', meaning: 'checks PATH, prints what would be sent, and sends nothing' },
    ],
    examples: [
      {
        command: 'freehold server import h1.example.com example.net net.tar.gz',
        meaning: 'then: freehold site add example.net --on h1.example.com',
      },
    ],
    replaces: ['deploy/import-site.sh'],
    does: { change: async (call) => (await import('./import-site.ts')).importSite(call) },
  },
];
