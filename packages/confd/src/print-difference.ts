import { readFiles } from '@freehold/core/publish';
import { createTwoFilesPatch } from 'diff';
import { type Desired, type Layout, renderFiles } from './render.ts';

/** Prints what would change as a unified difference on standard output, and nothing where nothing would. */
export async function printDifference(desired: Desired, layout: Layout): Promise<void> {
  const files = renderFiles(desired, layout);
  const before = await readFiles([...files.keys()]);
  for (const [path, text] of files) {
    const old = before.get(path);
    if (old === text) continue;
    const oldName = old === undefined ? '/dev/null' : path;
    process.stdout.write(createTwoFilesPatch(oldName, path, old ?? '', text, '', '', { context: 3 }));
  }
}
