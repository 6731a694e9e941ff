import { FreeholdError, reasonOf } from './error.ts';

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is exhausted',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'the disk reported an I/O error',
};

/** Runs work on the disk and turns a failure into a sentence that begins with `what`. */
export async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FreeholdError) throw error;
    const { code = '', path } = error as NodeJS.ErrnoException;
    const sentence = sentences[code];
    const reason = sentence ? `${sentence} (${path ? `${code}, ${path}` : code})` : reasonOf(error);
    throw new FreeholdError(`${what}: ${reason}.`, { cause: error });
  }
}
