// For tests: a separate data folder, and import run on it in this process or another.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { run } from './run.ts';

export const mainFile = join(import.meta.dirname, 'main.ts');
export const isRoot = process.getuid?.() === 0;

export interface SiteUnderTest {
  readonly data: string;
  /** A path below the data folder. */
  path(...names: string[]): string;
  /** Writes files below the data folder, by their paths. */
  write(files: Record<string, string>): Promise<void>;
  read(...names: string[]): Promise<string>;
  /** All paths below the data folder except `runtime`, which belongs to no site. */
  list(): Promise<string[]>;
  /** Runs import for example.com and returns the lines of its log. */
  run(argv?: readonly string[], input?: string, env?: Record<string, string>): Promise<string[]>;
  remove(): Promise<void>;
}

export async function makeSite(): Promise<SiteUnderTest> {
  const folder = await temporaryFolder();
  const data = folder.path;
  const path = (...names: string[]) => join(data, ...names);
  return {
    data,
    path,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(path(name)), { recursive: true });
        await writeFile(path(name), text);
      }
    },
    read: (...names) => readFile(path(...names), 'utf8'),
    async list() {
      const all = await readdir(data, { recursive: true });
      return all.filter((name) => !/^runtime(\/|$)/.test(name)).toSorted();
    },
    async run(argv = ['example.com', '--app', 'static'], input = '', env = {}) {
      const stream = recordingStream();
      const { signal } = new AbortController();
      await run(
        { argv, env: { FREEHOLD_DATA: data, ...env }, log: createLog(stream), signal },
        Readable.from([input]),
      );
      return stream.lines;
    },
    remove: folder.remove,
  };
}

/** Runs a command to its end. */
export async function execute(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code, signal] = await once(child, 'close');
  return { code: code as number | null, signal: signal as NodeJS.Signals | null, output };
}
