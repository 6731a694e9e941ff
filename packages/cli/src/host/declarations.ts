/** What apps declare (docs/reference/app-declaration.md), by their names: for each key its words. */
export type Declarations = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** KEY=VALUE in lines; # begins a comment. A key may occur several times. */
export function parseDeclaration(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const words = value.split(' ').filter((word) => word !== '');
    found.set(key, [...(found.get(key) ?? []), ...words]);
  }
  return found;
}
