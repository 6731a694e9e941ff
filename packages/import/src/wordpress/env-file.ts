// wordpress/.env and mysql/.env: lines of NAME=value, as `docker run --env-file` reads them.
import { FreeholdError } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';

export type EnvFile = ReadonlyMap<string, string>;

const maxBytes = 64 * 1024;

/**
 * Reads such a file below a domain's tree; undefined if it does not exist.
 *
 * @throws FreeholdError with the number of the line, but never a value, that Docker would misinterpret.
 */
export async function readEnvFile(tree: string, names: readonly string[]): Promise<EnvFile | undefined> {
  const file = await readInside(tree, names, { maxBytes });
  if (file === undefined) return undefined;
  return new Map(
    file.text.split(/\r?\n/).flatMap((line, index) => {
      if (/^\s*(#|$)/.test(line)) return [];
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
      // A name without a value would get the value from the host's own environment.
      if (name === undefined || value === undefined)
        throw new FreeholdError(`${[tree, ...names].join('/')} has no NAME=value in line ${index + 1}`);
      return [[name, value] as const];
    }),
  );
}

export function renderEnvFile(comment: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return [`# ${comment}`, ...lines, ''].join('\n');
}

/** The text of such a file with a value added or replaced. */
export function withValue(text: string, name: string, value: string): string {
  const kept = text.split(/\r?\n/).filter((line) => !line.startsWith(`${name}=`));
  return `${kept.join('\n').trimEnd()}\n${name}=${value}\n`;
}
