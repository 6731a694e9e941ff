// What has to be the same at both ends of a move, as one line. Servers of all versions make it in the same way:
//   find domains/D runtime/domains/D -printf … | LC_ALL=C sort --zero-terminated | sha256sum
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { FreeholdError } from '@freehold/core/error';
import { foldersIn } from './site-here.ts';

/** Kind, mode, owner, size and time of each entry. A folder's size and time are its own disk's. */
const print = [
  ['(', '-type', 'd', '-printf', '%p\\0%y %m %U %G\\0'],
  ['-o', '-printf', '%p\\0%y %m %U %G %s %Ts %l\\0', ')'],
].flat();

/** @throws FreeholdError if there is nothing of the site, or something cannot be read, as what vanishes meanwhile. */
export async function listFiles(base: string, domain: string): Promise<string> {
  const folders = foldersIn(base, domain);
  if (folders.length === 0) throw new FreeholdError(`There are no files of ${domain} in ${base}.`);
  const options = { cwd: base, env: { ...process.env, LC_ALL: 'C' } };
  const find = spawn('find', [...folders, ...print], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sort = spawn('sort', ['--zero-terminated'], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = Promise.all([once(find, 'close'), once(sort, 'close')]);
  // Only where it is needed: it takes as long to load as the rest of a step.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  await Promise.all([pipeline(find.stdout, sort.stdin), pipeline(sort.stdout, hash)]);
  const codes = (await ended).map(([code]) => code);
  if (codes.some((code) => code !== 0)) {
    throw new FreeholdError(`Cannot list the files of ${domain} in ${base}: the reason is above.`);
  }
  return `${hash.digest('hex')}  -`;
}
