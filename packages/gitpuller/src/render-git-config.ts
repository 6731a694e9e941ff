// All that git is told beside its arguments: a repository's own configuration, hooks and filters have no say.

export type Protocol = 'https' | 'ssh' | 'file';

export interface GitConfig {
  /** By which protocols git may fetch: for local work, none. */
  readonly protocols: readonly Protocol[];
  readonly stallSeconds: number;
  /** Of our own ssh client configuration. */
  readonly sshConfig?: string | undefined;
  /** Of a file as git-credential-store(1) reads it. */
  readonly credentials?: string | undefined;
}

/** Renders a file for `GIT_CONFIG_GLOBAL`; git-config(1) says what each line means. */
export function renderGitConfig({ protocols, stallSeconds, sshConfig, credentials }: GitConfig): string {
  const core: Entry[] = [
    // Nothing from a repository is ever run.
    ['hooksPath', '/dev/null'],
    ['fsmonitor', 'false'],
    ['attributesFile', '/dev/null'],
    ['excludesFile', '/dev/null'],
    ['askPass', ''],
    // The container has 512 MB. Larger files are copied piece by piece, without a search for similar ones.
    ['bigFileThreshold', '4m'],
    ['packedGitWindowSize', '16m'],
    ['packedGitLimit', '128m'],
    ['deltaBaseCacheLimit', '16m'],
  ];
  if (sshConfig !== undefined) core.push(['sshCommand', `ssh -F ${shellQuote(sshConfig)}`]);
  // An empty helper drops those that were named before.
  const helpers: Entry[] = [['helper', '']];
  if (credentials !== undefined) helpers.push(['helper', `store --file=${shellQuote(credentials)}`]);
  return [
    section('core', core),
    section('credential', helpers),
    section('protocol', [['allow', 'never']]),
    // A path is allowed where GITURL itself is one, and not where a submodule asks for it.
    ...protocols.map((name) =>
      section(`protocol "${name}"`, [['allow', name === 'file' ? 'user' : 'always']]),
    ),
    section('http', [
      ['lowSpeedLimit', '1'],
      ['lowSpeedTime', String(stallSeconds)],
    ]),
    // The repositories here have another owner than the program, by design.
    section('safe', [['directory', '*']]),
    // What is kept and for how long is decided by the program, which alone knows when no other git runs.
    section('gc', [
      ['auto', '0'],
      ['writeCommitGraph', 'false'],
    ]),
    // A repack copies what the packs contain and compresses nothing again: its memory is then independent of the files.
    section('pack', [
      ['threads', '1'],
      ['window', '0'],
      ['deltaCacheSize', '1'],
      ['windowMemory', '32m'],
      ['writeReverseIndex', 'false'],
    ]),
    section('maintenance', [['auto', 'false']]),
    // Each fetch is one file, whose number says when to tidy up.
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

/** git hands these values to a shell. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
