import { createTwoFilesPatch } from 'diff';
import { type FileSet, readFiles } from './publish.ts';

/** Prints what would change as a unified difference on standard output, and nothing where nothing would. */
export async function printDifference(files: FileSet): Promise<void> {
  const before = await readFiles([...files.keys()]);
  for (const [path, text] of files) {
    const old = before.get(path);
    if (old === text) continue;
    const oldName = old === undefined ? '/dev/null' : path;
    process.stdout.write(createTwoFilesPatch(oldName, path, old ?? '', text, '', '', { context: 3 }));
  }
}
