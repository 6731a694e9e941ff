// The whole configuration of git besides its arguments: a repository's own configuration, hooks and filters
// have no effect.

export type Protocol = 'https' | 'ssh' | 'file';

export interface GitConfig {
  /** The protocols by which git may fetch: for local work, none. */
  readonly protocols: readonly Protocol[];
  readonly stallSeconds: number;
  /** The path of our own ssh client configuration. */
  readonly sshConfig?: string | undefined;
  /** The path of a file in the format of git-credential-store(1). */
  readonly credentials?: string | undefined;
}

/** Renders a file for `GIT_CONFIG_GLOBAL`; see git-config(1) for each line. */
export function renderGitConfig({ protocols, stallSeconds, sshConfig, credentials }: GitConfig): string {
  const core: Entry[] = [
    // Nothing from a repository is ever executed.
    ['hooksPath', '/dev/null'],
    ['fsmonitor', 'false'],
    ['attributesFile', '/dev/null'],
    ['excludesFile', '/dev/null'],
    ['askPass', ''],
    // The container has 512 MB. Larger files are copied in pieces, without a search for similar ones.
    ['bigFileThreshold', '4m'],
    ['packedGitWindowSize', '16m'],
    ['packedGitLimit', '128m'],
    ['deltaBaseCacheLimit', '16m'],
  ];
  if (sshConfig !== undefined) core.push(['sshCommand', `ssh -F ${shellQuote(sshConfig)}`]);
  // An empty helper removes all that were configured before.
  const helpers: Entry[] = [['helper', '']];
  if (credentials !== undefined) helpers.push(['helper', `store --file=${shellQuote(credentials)}`]);
  return [
    section('core', core),
    section('credential', helpers),
    section('protocol', [['allow', 'never']]),
    // A path is allowed if GITURL itself is one, but never for a submodule.
    ...protocols.map((name) =>
      section(`protocol "${name}"`, [['allow', name === 'file' ? 'user' : 'always']]),
    ),
    section('http', [
      ['lowSpeedLimit', '1'],
      ['lowSpeedTime', String(stallSeconds)],
    ]),
    // By design, the repositories here have another owner than the program.
    section('safe', [['directory', '*']]),
    // The program decides what is kept and for how long, since only it knows when no other git runs.
    section('gc', [
      ['auto', '0'],
      ['writeCommitGraph', 'false'],
    ]),
    // A repack copies the contents of packs and recompresses nothing: its memory use is then independent of
    // the files.
    section('pack', [
      ['threads', '1'],
      ['window', '0'],
      ['deltaCacheSize', '1'],
      ['windowMemory', '32m'],
      ['writeReverseIndex', 'false'],
    ]),
    section('maintenance', [['auto', 'false']]),
    // Each fetch adds one file; their number triggers a repack.
    section('fetch', [['unpackLimit', '1']]),
    section('init', [
      ['templateDir', ''],
      ['defaultBranch', 'main'],
    ]),
    section('submodule', [['recurse', 'false']]),
    section('advice', [['detachedHead', 'false']]),
  ].join('');
}

type Entry = readonly [key: string, value: string];

function section(name: string, entries: readonly Entry[]): string {
  return `[${name}]\n${entries.map(([key, value]) => `\t${key} = ${quote(value)}\n`).join('')}`;
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** git passes these values to a shell. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
