import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A repository with a worktree, into which a test writes commits. */
export interface GitRepository {
  readonly path: string;
  /** Runs git in it and returns its output, without the last line break. */
  git(...args: string[]): Promise<string>;
  /** Writes files (null removes one), commits, and returns the commit's id. */
  commit(files: Record<string, string | null>): Promise<string>;
}

/** Creates an empty repository at `path` with the branch `main`, whatever the machine's own git settings. */
export async function makeGitRepository(path: string, ...options: string[]): Promise<GitRepository> {
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.test',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.test',
  };
  const git = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: path,
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trimEnd();
  };
  await mkdir(path, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main', ...options);
  return {
    path,
    git,
    async commit(files) {
      for (const [name, text] of Object.entries(files)) {
        if (text === null) await rm(join(path, name));
        else await writeFileIn(join(path, name), text);
      }
      await git('add', '--all', '--force');
      await git('commit', '--quiet', '--allow-empty', '--message', 'A change');
      return git('rev-parse', 'HEAD');
    },
  };
}

async function writeFileIn(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
