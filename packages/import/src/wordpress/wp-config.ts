// Values from the wp-config.php of another server. It is parsed, and never executed.
import { readInside } from '@freehold/core/read-inside';

export interface WpConfig {
  readonly database: string | undefined;
  readonly prefix: string | undefined;
  /** Whether it is a network of several sites. */
  readonly isNetwork: boolean;
}

export const nothingKnown: WpConfig = { database: undefined, prefix: undefined, isNetwork: false };

export async function readWpConfig(tree: string, names: readonly string[]): Promise<WpConfig | undefined> {
  const file = await readInside(tree, names, { maxBytes: 1024 * 1024 });
  return file && parseWpConfig(file.text);
}

export function parseWpConfig(text: string): WpConfig {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*(?:\/\/|#).*$/gm, '');
  const constant = (name: string) =>
    new RegExp(`define\\(\\s*['"]${name}['"]\\s*,\\s*(?:['"]([^'"]*)['"]|(true))\\s*\\)`, 'i').exec(code);
  return {
    database: constant('DB_NAME')?.[1],
    prefix: /\$table_prefix\s*=\s*['"]([^'"]*)['"]/.exec(code)?.[1],
    isNetwork: constant('MULTISITE') !== null,
  };
}
