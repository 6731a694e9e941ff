// The reference page of the command, in Markdown.
import { type CommandSpec, type Group, optionsOf } from './command.ts';
import { commandsOf, usageOf } from './help.ts';

interface Tree {
  readonly groups: readonly Group[];
  readonly commands: readonly CommandSpec[];
}

const head = `# The command freehold

<!-- Written by 'npm run documents --workspace packages/cli' from the descriptions in packages/cli/src/commands, as --help is. -->

\`setup.sh\` puts \`freehold\` on a host's PATH (\`/usr/local/bin/freehold\`), with its manual page and its completion. Its program is a part of the version in use, and is switched and rolled back with it. After a roll-back to a version before the command, \`freehold\` refuses with that reason: use the scripts then. In a checkout, as on a control machine, it is \`scripts/freehold\`: run \`npm ci\` once, which also brings Node for Linux on x86-64 and arm64; elsewhere Node 22.18 or newer is needed. Without either, it runs from the image \`freehold/cli\`, which a control machine has built to deploy it.

On a host, run it as root. On a control machine, \`--on SERVER[,SERVER…]\` runs a command on servers, and \`--on all\` on those of \`~/.config/freehold/servers\`: all at once (\`FREEHOLD_AT_ONCE\`, 10), over the system's ssh with its configuration, agent and known hosts. \`FREEHOLD_SSH_OPTIONS\` has further options for ssh; host keys are always checked.

- **Reads** print a table, or JSON with \`--json\`: a list of objects, or one object where this page says so. With \`--on\` it is always a list, and each object has \`server\` first. Keys are added in later versions, and none is renamed or removed. \`null\` stands for what does not exist or is not known. A server of a version before the command is reported and skipped.
- **Changes** that delete ask first; \`--yes\` answers. \`--dry-run\` prints what would be done.
- **Exit codes**: 0 success, 1 failure (the last line states what failed and why), 2 invalid arguments or settings. Reads that find something wrong (\`status\`, \`cert check\`, \`server list\`, \`cluster status\`) print it and end with 1.
`;

export function renderReference(tree: Tree): string {
  const single = commandsOf(undefined, tree).map((spec) => renderCommand(spec));
  const grouped = tree.groups.flatMap((group) => [
    `## ${group.summary}\n`,
    ...commandsOf(group.name, tree).map((spec) => renderCommand(spec)),
  ]);
  return `${[head, '## Host and shell\n', ...single, ...grouped, renderScripts(tree)].join('\n').trimEnd()}\n`;
}

function renderCommand(spec: CommandSpec): string {
  const { path, summary, description, args = [], examples, does } = spec;
  const rows = [
    ...args.map(({ name, meaning }) => `| \`${name}\` | ${cell(meaning)} |`),
    ...optionsOf(spec).map(
      ({ name, value, meaning }) => `| \`--${name}${value ? ` ${value}` : ''}\` | ${cell(meaning)} |`,
    ),
  ];
  const code = examples.map(({ command, meaning }) => `    ${command}    # ${meaning}`);
  return [
    `### freehold ${path}\n`,
    `    ${usageOf(spec)}\n`,
    `${summary}.${description ? ` ${description}` : ''}\n`,
    ...(rows.length > 0 ? [`| | |\n|---|---|\n${rows.join('\n')}\n`] : []),
    `${code.join('\n')}\n`,
    ...('read' in does ? [renderFields(does.read)] : []),
  ].join('\n');
}

function renderFields({ fields, single }: { fields: CommandFields; single?: true }): string {
  const rows = fields.map(({ key, type, meaning }) => `| \`${key}\` | ${type} | ${cell(meaning)} |`);
  return `\`--json\` prints ${single ? 'one object' : 'a list of objects'}:\n\n| Key | Type | Meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

type CommandFields = readonly { readonly key: string; readonly type: string; readonly meaning: string }[];

/** The scripts that an operator knows, and the command of each. */
function renderScripts({ commands }: Tree): string {
  const rows = commands.flatMap((spec) => [
    ...(spec.replaces ?? []).map(
      (script) => `| \`scripts/${script}\` | \`freehold ${spec.path}\` | the command itself |`,
    ),
    ...('script' in spec.does
      ? spec.does.script.paths.map(
          (script) => `| \`scripts/${script}\` | \`freehold ${spec.path}\` | the script |`,
        )
      : []),
  ]);
  return `## Scripts and their commands

The scripts keep their names and work as before. Of most changes the script still does the work, and the command hands its arguments on.

| Script | Command | The work is done by |
|---|---|---|
${rows.sort().join('\n')}

Without a command: \`scripts/setup.sh\`, \`scripts/try.sh\`, \`scripts/test.sh\` and \`scripts/build-images.sh\`, which run where nothing is installed yet; \`scripts/check-isolation.sh\`; and the single steps of a cluster, \`scripts/cluster/make-authority.sh\`, \`issue.sh\` (with \`--renew\`, whatever their age), \`admit.sh\`, \`etcdctl.sh\` and \`first-boot-values.sh\`.
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
