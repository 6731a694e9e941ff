// For tests: a separate data folder with a repository in it, and the program run on them as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createLog } from '@freehold/core/log';
import { exitCodeOf } from '@freehold/core/run-main';
import { type GitRepository, makeGitRepository } from '@freehold/testing/git-repository';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { findProcessesOf } from './end-processes.ts';
import { run } from './run.ts';

export const mainFile = join(import.meta.dirname, 'main.ts');
const checkFile = join(import.meta.dirname, '../../../images/gitpuller/check.sh');
export const isRoot = process.getuid?.() === 0;
export const domain = 'example.com';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: string[];
}

export interface SiteUnderTest {
  readonly data: string;
  /** The repository in the data folder, as git/site. */
  readonly repository: GitRepository;
  /** A path in the folder that gitpuller writes. */
  path(...names: string[]): string;
  /** Writes a file of the site's owner. */
  write(name: string, text: string): Promise<void>;
  /** A file that visitors see. */
  read(...names: string[]): Promise<string>;
  /** The commit that visitors see, according to the link. */
  served(): Promise<string | undefined>;
  start(
    argv?: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): { child: ChildProcess; output(): string; ended: Promise<Ended> };
  /** Runs the program to its end, in this process if the environment contains only its settings. */
  run(argv?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Runs images/gitpuller/check.sh and returns whether it finds everything unchanged. */
  check(env?: NodeJS.ProcessEnv): Promise<boolean>;
  remove(): Promise<void>;
}

/** Creates a site whose GITURL is the repository's path. */
export async function makeSite(base?: string): Promise<SiteUnderTest> {
  const folder = await temporaryFolder();
  const data = base ?? join(folder.path, 'data');
  const temporary = join(folder.path, 'tmp');
  const path = (...names: string[]) => join(data, 'runtime/domains', domain, 'static-git', ...names);
  const write = (name: string, text: string) =>
    writeIn(join(data, 'domains', domain, 'static-git', name), text);
  await mkdir(path(), { recursive: true });
  await mkdir(temporary);
  const repository = await makeGitRepository(join(data, 'git/site'));
  await write('GITURL', `${repository.path}\n`);
  const settings = { FREEHOLD_DATA: data, FREEHOLD_GIT_REPOSITORIES: join(data, 'git') };
  const ours = { PATH: process.env.PATH, TMPDIR: temporary, ...settings };
  const start: SiteUnderTest['start'] = (argv = [domain], env = {}) =>
    startProcess(process.execPath, [mainFile, ...argv], { ...ours, ...env });
  return {
    data,
    repository,
    path,
    write,
    read: (...names) => readFile(path('www-content', ...names), 'utf8'),
    served: async () => commitIn(await readlink(path('www-content')).catch(() => '')),
    start,
    run: (argv = [domain], env = {}) =>
      isSettings(env) ? runHere(argv, { ...settings, ...env }) : start(argv, env).ended,
    async check(env = {}) {
      const { code, lines } = await startProcess('sh', [checkFile, domain], { ...ours, ...env }).ended;
      if (code !== 0 && code !== 1) throw new Error(`check.sh ended with ${code}: ${lines.join('\n')}`);
      return code === 0;
    },
    remove: folder.remove,
  };
}

function isSettings(env: NodeJS.ProcessEnv): boolean {
  return Object.keys(env).every((name) => name.startsWith('FREEHOLD_'));
}

/** Starting its process takes most of a run's time. */
async function runHere(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const stream = recordingStream();
  const { signal } = new AbortController();
  const code = await exitCodeOf(run, { argv, env, log: createLog(stream), signal });
  return { code, signal: null, lines: stream.lines };
}

async function writeIn(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function commitIn(link: string): string | undefined {
  return /^worktrees\/([0-9a-f]{40,64})/.exec(link)?.[1];
}

export function startProcess(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const ended = once(child, 'close').then(
    ([code, signal]): Ended => ({ code, signal, lines: text.trimEnd().split('\n') }),
  );
  return { child, output: () => text, ended };
}

/** Every lock and incomplete file, by its path, and every process: a run must leave none of them. */
export async function findLeftovers(site: SiteUnderTest): Promise<string[]> {
  const names = await readdir(site.path(), { recursive: true });
  const left = names.filter((name) => /\.lock$|\.new$|\.tmp$|repository\.new|\/tmp_|\/\.tmp-/.test(name));
  return [...left, ...(await findProcessesOf(site.path())).map((pid) => `process ${pid}`)];
}

/** Everything in a folder, with inode and times: any write changes something in it. */
export async function fingerprint(folder: string): Promise<string[]> {
  const names = ['.', ...(await readdir(folder, { recursive: true }))].sort();
  return Promise.all(
    names.map(async (name) => {
      const { ino, ctimeNs, mtimeNs } = await lstat(join(folder, name), { bigint: true });
      return `${name} ${ino} ${ctimeNs} ${mtimeNs}`;
    }),
  );
}
