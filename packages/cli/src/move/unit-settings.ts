// Settings of a site's own units, which move with it: drop-ins in /etc/systemd/system.
import { FreeholdError } from '@freehold/core/error';

const dropIn = /^[a-z-]+@([a-z0-9.-]+)\.(?:service|timer|path|socket)\.d\/[A-Za-z0-9._-]+\.conf$/;

/**
 * Which of the drop-ins that were sent are installed: all that are not here. Paths are relative to /etc/systemd/system.
 *
 * @param here the text of each that is here already.
 * @throws FreeholdError, before any is installed, if one is no setting of the site's units, or if another one is here.
 */
export function settingsToInstall(
  domain: string,
  sent: ReadonlyMap<string, string>,
  here: ReadonlyMap<string, string>,
): string[] {
  for (const path of sent.keys()) {
    if (dropIn.exec(path)?.[1] === domain) continue;
    throw new FreeholdError(
      `'${path}' from the other host is not a setting of a unit of ${domain}, so it is refused.`,
    );
  }
  const other = [...sent].find(([path, text]) => here.has(path) && here.get(path) !== text);
  if (other) {
    throw new FreeholdError(
      `/etc/systemd/system/${other[0]} exists on this host already and differs. Nothing was installed.`,
    );
  }
  return [...sent.keys()].filter((path) => !here.has(path));
}
