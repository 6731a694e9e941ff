// Drop-ins of a site's own units, from a backup. root obeys them, so they are listed.
import type { Notice } from './notice.ts';

const dropIn = /^[a-z-]+@([a-z0-9.-]+)\.(?:service|timer|path|socket)\.d\/[A-Za-z0-9._-]+\.conf$/;

export interface SettingsPlan {
  /** Why the site is not restored. */
  readonly refused?: string;
  readonly notices: readonly Notice[];
  /** Those of the backup are to be here, and no others. */
  readonly isOurs: boolean;
}

/** @param here all settings of the site's units here: those of an interrupted run are as in the backup. */
export function planSettings(
  domain: string,
  sent: ReadonlyMap<string, string>,
  here: ReadonlyMap<string, string>,
): SettingsPlan {
  if (sent.size === 0) return { notices: [], isOurs: false };
  const other = [...sent.keys()].find((path) => dropIn.exec(path)?.[1] !== domain);
  if (other !== undefined) {
    const refused = `'${other}' in the backup is not a setting of a unit of ${domain}, so it is refused.`;
    return { refused, notices: [], isOurs: false };
  }
  if ([...here].some(([path, text]) => sent.get(path) !== text)) {
    const sentence = `Settings of the units of ${domain} exist on this host already and were not changed.`;
    return { notices: [{ sentence }], isOurs: false };
  }
  const sentence = `Settings of the units of ${domain}: ${[...sent.keys()].join(' ')}`;
  return { notices: [{ sentence }], isOurs: true };
}
