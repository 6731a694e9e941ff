import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Layout } from './layout.ts';

/**
 * Where a repository on this host really is, all links resolved.
 *
 * @throws FreeholdError unless that is below the data folder, and neither another domain's nor something that is made
 * by a program.
 */
export async function resolveLocalPath(path: string, { data, domain }: Layout): Promise<string> {
  const [real, realData] = await Promise.all([resolve(path), realpath(data)]);
  const [top = '', second = ''] = relative(realData, real).split(sep);
  const where = real === path ? path : `${path} (which is ${real})`;
  if (top === '' || top === '..') throw new FreeholdError(`${where} is not below ${data}.`);
  if (top === 'runtime' || top === 'import') {
    throw new FreeholdError(`${where} is in ${data}/${top}, from where nothing is served.`);
  }
  if (top === 'domains' && second !== domain) throw new FreeholdError(`${where} belongs to another domain.`);
  return real;
}

async function resolve(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it is not there' : `it cannot be reached (${code})`;
    throw new FreeholdError(`there is no repository at ${path}: ${why}.`, { cause: error });
  }
}
