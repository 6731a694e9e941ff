/**
 * The commit that a link of a git site leads to, whose worktree is named COMMIT or COMMIT-NUMBER.
 *
 * @param target the text of the link.
 */
export function commitOf(target: string): string | undefined {
  return /^(?:.*\/)?([0-9a-f]{7,64})(?:-[^/]*)?\/*$/.exec(target)?.[1];
}
