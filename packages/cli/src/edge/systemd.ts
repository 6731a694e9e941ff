import { readdir } from 'node:fs/promises';
import { outputOf } from './run-program.ts';

/** A unit's properties, as `systemctl show` prints them. Of one that occurs several times, the values are in lines. */
export type Properties = ReadonlyMap<string, string>;

/**
 * The properties of units, by their names, in one call. A pattern, as in 'static@*.service', stands for the units that
 * systemd has loaded; one that is named is loaded.
 */
export async function showUnits(
  units: readonly string[],
  properties: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Properties>> {
  const args = ['show', `--property=${['Id', ...properties].join(',')}`, '--', ...units];
  // Times as parseTime reads them: systemctl prints them in the caller's language and time zone.
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return parseShow(await outputOf('systemctl', args, { signal, env }));
}

/** A time of `showUnits`, as in 'Tue 2030-01-01 02:03:04 UTC', in ISO 8601; null for a unit that has none. */
export function parseTime(text: string | undefined): string | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(text ?? '') ?? [];
  return date === undefined ? null : `${date}T${time}.000Z`;
}

/** Blocks of KEY=VALUE, with an empty line between two. */
export function parseShow(text: string): Map<string, Properties> {
  const found = new Map<string, Properties>();
  for (const block of text.split('\n\n')) {
    const properties = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf('=');
      if (at <= 0) continue;
      const [key, value] = [line.slice(0, at), line.slice(at + 1)];
      const before = properties.get(key);
      properties.set(key, before === undefined ? value : `${before}\n${value}`);
    }
    const id = properties.get('Id');
    if (id) found.set(id, properties);
  }
  return found;
}

/** The units that start with the host. */
export async function enabledUnits(): Promise<string[]> {
  return readdir('/etc/systemd/system/multi-user.target.wants').catch(() => []);
}

export async function reloadUnits(signal: AbortSignal): Promise<void> {
  await outputOf('systemctl', ['daemon-reload'], { signal });
}
