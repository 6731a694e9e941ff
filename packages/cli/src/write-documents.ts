// Writes the documents that are made from the descriptions of the commands: npm run documents --workspace packages/cli
import { writeAtomic } from '@freehold/core/write-atomic';
import { renderDocuments } from './documents.ts';

for (const { path, text } of renderDocuments()) await writeAtomic(path, text);
