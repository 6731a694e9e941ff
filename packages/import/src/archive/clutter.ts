const folders: ReadonlySet<string> = new Set(['__MACOSX']);
const files: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Whether a path belongs to a file that macOS or Windows adds to folders and archives, such as
 * `._index.html`, which nobody wants to publish.
 */
export function isClutter(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  return names.some((name) => folders.has(name)) || files.has(last) || last.startsWith('._');
}
