import type { Argument, CommandSpec } from '../command.ts';

const domain: Argument = { name: 'DOMAIN', meaning: 'the site, such as example.com', completes: 'domain' };

export const siteChanges: readonly CommandSpec[] = [
  {
    path: 'site add',
    summary: 'Adds a site, starts it, and waits until it is served',
    description:
      'Run again, it completes an interrupted run. Pass a URL with a password or token on standard input or in a file, because every user can see the arguments of a command.',
    args: [{ ...domain, meaning: 'the new site, such as example.com' }],
    options: [
      {
        name: 'app',
        value: 'APP',
        meaning: 'the app of the site: static (the default), static-git, wordpress or another',
        completes: 'app',
      },
      {
        name: 'from',
        value: 'SOURCE',
        meaning:
          'imports a folder or archive of its pages, or one with the structure of /data/domains/DOMAIN',
        completes: 'file',
      },
      {
        name: 'take',
        onlyHere: true,
        value: 'SOURCE',
        meaning: 'the same, but SOURCE is removed once the site has the data; not with --on',
        completes: 'file',
      },
      {
        name: 'git',
        value: "'URL [REF]'",
        meaning: 'serves a git repository; - reads the URL from standard input',
      },
      { name: 'git-file', value: 'FILE', meaning: "reads 'URL [REF]' from a file", completes: 'file' },
      { name: 'dry-run', meaning: 'checks all of it, prints what would be done, and changes nothing' },
    ],
    on: 'one',
    examples: [
      { command: 'freehold site add example.com --from ./my-pages', meaning: 'a folder of pages, on a host' },
      {
        command: 'freehold site add blog.example --app wordpress --on h1.example.com',
        meaning: 'from a control machine',
      },
      {
        command: 'freehold site add example.net --git - <repository.txt',
        meaning: 'a repository whose URL contains a token',
      },
    ],
    replaces: ['add-site.sh', 'deploy/add-site.sh'],
    does: { reaches: true, change: async (call) => (await import('./add-site.ts')).addSite(call) },
  },
  {
    path: 'site set',
    summary: "Sets limits of one site, which take precedence over the host's",
    description:
      "The limits are those that 'freehold site show' lists. They are written to a drop-in of the site's unit, limits.conf, which moves with the site and is backed up with it. They apply from the site's next start.",
    args: [
      domain,
      {
        name: 'NAME=VALUE',
        many: true,
        meaning: "such as memory=256m or pids=128; NAME=default removes the site's own value",
        completes: 'limit',
      },
    ],
    options: [{ name: 'dry-run', meaning: 'prints what would change, and changes nothing' }],
    on: 'many',
    examples: [
      { command: 'freehold site set example.com memory=256m', meaning: 'on a host' },
      {
        command: 'freehold site set blog.example memory=1g mysql-memory=512m',
        meaning: 'a WordPress and its database',
      },
      { command: 'freehold site set example.com memory=default', meaning: "returns to the host's value" },
    ],
    does: { change: async (call) => (await import('./set-limits.ts')).setLimits(call) },
  },
  {
    path: 'site remove',
    summary: 'Removes a site; its data stays unless --delete-data is given',
    args: [domain],
    options: [
      {
        name: 'delete-data',
        meaning: "also deletes the site's data, uploads, and the settings of its units; mail forwards stay",
      },
      { name: 'dry-run', meaning: 'prints what would be stopped and deleted, and changes nothing' },
    ],
    on: 'one',
    examples: [
      { command: 'freehold site remove example.com', meaning: 'on a host; its name answers 404 then' },
      {
        command: 'freehold site remove example.com --delete-data --yes --on h1.example.com',
        meaning: 'from a control machine, without confirmation',
      },
    ],
    replaces: ['remove-site.sh', 'deploy/remove-site.sh'],
    does: {
      asks: ({ args, options }) =>
        options.deleteData
          ? `Remove ${args[0]} and delete all its data?`
          : `Remove ${args[0]}? Its data stays.`,
      change: async (call) => (await import('./remove-site.ts')).removeSiteHere(call),
    },
  },
  {
    path: 'site dump',
    summary: "Writes a site's database to a file in its folder, while the site runs",
    args: [domain],
    on: 'many',
    examples: [
      {
        command: 'freehold site dump blog.example',
        meaning: 'on a host; for a dump every night: systemctl enable --now dump@blog.example.timer',
      },
    ],
    options: [{ name: 'dry-run', meaning: 'prints which file would be written, and writes nothing' }],
    replaces: ['dump-site.sh'],
    does: { change: async (call) => (await import('./dump-site.ts')).dumpDatabase(call) },
  },
  {
    path: 'site roll-back',
    summary: 'Serves another commit of a git site, at once',
    args: [
      domain,
      {
        name: 'COMMIT',
        optional: true,
        meaning: 'a complete commit id; without it, the commit that was served before the current one',
      },
    ],
    description: 'The site stays at it until somebody pushes a new commit, which is published as always.',
    options: [{ name: 'dry-run', meaning: 'prints which commit would be served, and changes nothing' }],
    on: 'many',
    examples: [{ command: 'freehold site roll-back example.net', meaning: 'on a host' }],
    replaces: ['roll-back.sh'],
    does: { change: async (call) => (await import('./roll-back-site.ts')).rollBackSite(call) },
  },
];
