// The prose linter: reports terms of which the house style recommends another one. Exits with 1 if there are
// any.
import { listFiles, readText } from './files.ts';
import { lintFile } from './lint-file.ts';

const problems = listFiles().flatMap((path) => lintFile(path, readText(path)));
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${problems.length} forbidden terms\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
