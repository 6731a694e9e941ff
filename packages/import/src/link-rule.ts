import { FreeholdError } from '@freehold/core/error';

/**
 * The one rule for symbolic links, of a folder and of an archive: none in place of one of the domain's own
 * folders, and none that leads out of the domain's tree.
 *
 * A target may go up only at its beginning, and no further than the root of the tree. This holds for whole
 * chains too: the kernel resolves a target from the folder in which the link really lies, the ups stay within
 * the tree, and after them it only goes down. If it meets another link on its way down, the same is true of
 * that one, and no `..` follows that would lead up from its destination.
 *
 * @param shown the link's path, for messages.
 * @param names the link's path below the domain's folder.
 * @param options.atTop whether it may be at the top, as among pages that are moved into a folder later.
 * @throws FreeholdError stating what is wrong with the link.
 */
export function refuseLink(
  shown: string,
  names: readonly string[],
  target: string,
  { atTop = false }: { atTop?: boolean } = {},
): void {
  if (names.length <= 1 && !atTop)
    throw new FreeholdError(`${shown} is a symbolic link instead of a folder.`);
  if (target.startsWith('/')) {
    throw new FreeholdError(`${shown} is a symbolic link with an absolute target, which leads out.`);
  }
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const ups = down === -1 ? parts.length : down;
  if (parts.slice(ups).includes('..')) {
    throw new FreeholdError(`${shown} is a symbolic link with ".." in the middle of its target.`);
  }
  // All names but the last are the folders that contain it.
  if (ups > names.length - 1) throw new FreeholdError(`${shown} is a symbolic link that leads out.`);
}
