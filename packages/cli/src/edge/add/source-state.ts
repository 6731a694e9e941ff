import { stat } from 'node:fs/promises';
import { outputOf } from '../run-program.ts';

/** A path that find does not take for an option. */
export const findPath = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

/** The path of what a source contains, also where the source is a symbolic link. */
async function contentOf(path: string): Promise<string> {
  const word = findPath(path);
  return (await stat(path)).isDirectory() ? `${word}/.` : word;
}

/** A text that changes with each file that is added, removed, renamed or written to. */
export async function stateOf(path: string, signal: AbortSignal): Promise<string> {
  const format = '%P %D:%i %y %m %s %T@ %C@ %l\\0';
  const listed = await outputOf('find', ['-H', await contentOf(path), '-printf', format], { signal });
  return listed.split('\0').sort().join('\0');
}

/** The bytes of a source. */
export async function sizeOf(path: string, signal: AbortSignal): Promise<number> {
  const words = ['--bytes', '--summarize', '--dereference-args', '--', await contentOf(path)];
  return Number.parseInt(await outputOf('du', words, { signal }), 10);
}

/** Whether two paths are on one disk and below one mount, so that one can be renamed to the other. */
export async function areOnOneDisk(paths: readonly [string, string], signal: AbortSignal): Promise<boolean> {
  const words = ['--dereference', '--format=%d %m', '--', ...paths];
  const [first, second] = (await outputOf('stat', words, { signal })).trim().split('\n');
  return first === second;
}
