import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Layout } from './layout.ts';

/**
 * Resolves all links of the path of a repository on this host.
 *
 * The unit mounts no other data of the host for this program, so a repository that borrows objects from
 * elsewhere (alternates, a .git file, links inside it) cannot publish them either.
 *
 * @param repositories the operator's folder of repositories that every site may publish, if there is one.
 * @throws FreeholdError unless the repository is in the domain's own folder or in `repositories`.
 */
export async function resolveLocalPath(
  path: string,
  { data, domain }: Layout,
  repositories: string | undefined,
): Promise<string> {
  const own = join(data, 'domains', domain);
  const real = await resolve(path);
  for (const folder of [own, repositories]) {
    const realFolder = folder && (await realpath(folder).catch(() => undefined));
    if (realFolder && real.startsWith(`${realFolder}/`)) return real;
  }
  const where = real === path ? path : `${path} (a link to ${real})`;
  const allowed = repositories === undefined ? own : `${own} and ${repositories}`;
  throw new FreeholdError(
    `${where} is not below ${allowed}. The operator can allow one more folder of repositories with FREEHOLD_GIT_REPOSITORIES in host.env.`,
  );
}

async function resolve(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'the folder does not exist, or this site may not use it' : `error ${code}`;
    throw new FreeholdError(`there is no repository at ${path}: ${why}.`, { cause: error });
  }
}
