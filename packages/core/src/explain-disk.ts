import { FreeholdError, reasonOf } from './error.ts';

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left on the disk',
  EDQUOT: "the disk's quota is used up",
  EROFS: 'the file system is read-only',
  EACCES: 'it is not permitted',
  EPERM: 'it is not permitted',
  EIO: 'the disk failed',
};

/** Runs a piece of work on the disk; what fails there becomes a sentence that begins with `what`. */
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
