const folders: ReadonlySet<string> = new Set(['__MACOSX']);
const files: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** Whether a path leads to what macOS or Windows add to folders and archives, and nobody wants served: `._index.html`. */
export function isClutter(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  return names.some((name) => folders.has(name)) || files.has(last) || last.startsWith('._');
}
