import { createTwoFilesPatch } from 'diff';
import { type FileSet, readFiles } from './publish.ts';

/**
 * Prints the changes that would be made as a unified diff on standard output; prints nothing if there are
 * none.
 */
export async function printDifference(files: FileSet): Promise<void> {
  const before = await readFiles([...files.keys()]);
  for (const [path, text] of files) {
    const old = before.get(path);
    if (old === text) continue;
    const oldName = old === undefined ? '/dev/null' : path;
    process.stdout.write(createTwoFilesPatch(oldName, path, old ?? '', text, '', '', { context: 3 }));
  }
}
