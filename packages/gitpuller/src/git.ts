// The only module that uses simple-git.
import { FreeholdError } from '@freehold/core/error';
import { GitError, GitPluginError, type SimpleGitProgressEvent, simpleGit } from 'simple-git';
import { workplaceVariable } from './end-processes.ts';

/** Where a command runs: outside of any repository, in a bare one, or in a worktree. */
export interface Place {
  readonly repository?: string;
  readonly worktree?: string;
}

/** Ways to influence a running command. */
export interface Control {
  /** Ends the command, which then fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with each piece of its output. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/**
 * Runs one git command and returns its output.
 *
 * @throws FreeholdError if it fails; the signal's reason if it was aborted.
 */
export type Git = (args: readonly string[], place?: Place, control?: Control) => Promise<string>;

/** Everything that git printed, if the error is a failure of git. */
export function outputOf(error: unknown): string | undefined {
  const cause = error instanceof FreeholdError ? error.cause : undefined;
  return cause instanceof GitError ? cause.message : undefined;
}

export interface GitOptions {
  readonly workplace: string;
  /** The folder of this run's temporary files. */
  readonly folder: string;
  readonly config: string;
  readonly protocols: readonly string[];
  readonly signal: AbortSignal;
  /** Gives up after this many seconds of silence. Commands that only work on this disk have no limit. */
  readonly stallSeconds?: number;
  readonly onProgress?: (stage: string, percent: number) => void;
}

/** simple-git refuses all of these by default. */
const allowedVariables = [
  ...[
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_NOSYSTEM',
    'GIT_ALLOW_PROTOCOL',
    'GIT_TERMINAL_PROMPT',
    'GIT_NO_LAZY_FETCH',
  ],
  ...['GIT_OPTIONAL_LOCKS', 'GIT_CEILING_DIRECTORIES', 'GIT_DIR', 'GIT_WORK_TREE', 'GIT_SSL_CAINFO'],
];

export function makeGit(options: GitOptions): Git {
  const { folder, stallSeconds, onProgress } = options;
  return async (args, place = {}, control = {}) => {
    const signal = control.signal ? AbortSignal.any([options.signal, control.signal]) : options.signal;
    const git = simpleGit({
      baseDir: place.worktree ?? folder,
      abort: signal,
      allowEnvironment: allowedVariables,
      // GIT_CONFIG_GLOBAL is the file that this program has written.
      unsafe: { allowUnsafeConfigPaths: true },
      ...(stallSeconds === undefined ? {} : { timeout: { block: stallSeconds * 1000 } }),
      ...(onProgress
        ? { progress: ({ stage, progress }: SimpleGitProgressEvent) => onProgress(stage, progress) }
        : {}),
      errors: (error, { exitCode, stdErr }) => error ?? failure(exitCode, stdErr),
    });
    const { onOutput } = control;
    if (onOutput) git.outputHandler((_command, stdout) => void stdout.on('data', onOutput));
    try {
      return await git.env(environment(options, place)).raw([...args]);
    } catch (error) {
      signal.throwIfAborted();
      throw explain(args[0] ?? '', error, stallSeconds);
    }
  };
}

/** simple-git treats a command that fails silently as a success. */
function failure(exitCode: number | null, stdErr: readonly Buffer[]): Buffer | undefined {
  if (exitCode === 0) return undefined;
  // SIGPIPE too, when the remote has closed the connection.
  if (exitCode === null) return Buffer.from('fatal: killed in the middle');
  const printed = Buffer.concat(stdErr);
  return printed.length > 0 ? printed : Buffer.from(`it ended with ${exitCode}`);
}

function environment(options: GitOptions, { repository, worktree }: Place): NodeJS.ProcessEnv {
  const { folder, config, protocols, workplace } = options;
  return {
    PATH: process.env.PATH,
    HOME: folder,
    LC_ALL: 'C',
    [workplaceVariable]: workplace,
    GIT_CONFIG_GLOBAL: config,
    GIT_CONFIG_NOSYSTEM: '1',
    // Takes precedence over the permissions in a repository's own configuration.
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    // Inspecting a worktree must not write anything.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CEILING_DIRECTORIES: folder,
    ...(process.env.GIT_SSL_CAINFO ? { GIT_SSL_CAINFO: process.env.GIT_SSL_CAINFO } : {}),
    // Given explicitly, so git never searches for it: a .git that somebody put into a worktree has no effect.
    ...(repository ? { GIT_DIR: repository } : {}),
    ...(worktree ? { GIT_WORK_TREE: worktree } : {}),
  };
}

function explain(command: string, error: unknown, stallSeconds: number | undefined): FreeholdError {
  if (error instanceof GitPluginError && error.plugin === 'timeout') {
    return new FreeholdError(`git ${command} was cancelled after ${stallSeconds} s without data.`, {
      cause: error,
    });
  }
  return new FreeholdError(
    `git ${command} failed: ${lastWords(error instanceof Error ? error.message : String(error))}.`,
    { cause: error },
  );
}

/** The last 'fatal' line of git's output is the reason; progress and hints come before it. */
function lastWords(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const why = lines.filter((line) => /^(?:fatal|error|ERROR|remote error)\b/.test(line));
  return (why.at(-1) ?? lines.at(-1) ?? 'it gave no reason').replace(/\.$/, '').slice(0, 1000);
}
