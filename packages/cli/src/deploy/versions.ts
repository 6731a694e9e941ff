// The versions of freehold that a host has: folders /opt/freehold-VERSION and images freehold/NAME:VERSION.

/** How many versions a host keeps. */
const kept = 3;

/** As deploy.sh makes them, or 'by-hand'. */
export function isVersion(text: string): boolean {
  return /^[0-9a-z][0-9a-z.-]*$/.test(text);
}

/** All but the newest ones and these. `newestFirst` has all that the host has. */
export function versionsToForget(newestFirst: readonly string[], inUse: readonly string[]): string[] {
  return newestFirst.slice(kept).filter((version) => !inUse.includes(version));
}

/**
 * Whether what the host runs now, without a version, is kept as version 'by-hand', to roll back to it: a host that was set
 * up manually, or at its first boot. A bare host has nothing, nor has one whose first deploy has failed.
 *
 * @param used where /opt/freehold leads, and whether there are scripts.
 */
export function keepsByHand(used: { readonly path: string; readonly hasScripts: boolean }): boolean {
  return (
    used.hasScripts && (!used.path.startsWith('/opt/freehold-') || used.path === '/opt/freehold-by-hand')
  );
}

/** host.env with another FREEHOLD_VERSION, as its last line. */
export function withVersion(text: string, version: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('FREEHOLD_VERSION='));
  const kept = lines.join('\n').replace(/\n*$/, '');
  return `${kept === '' ? '' : `${kept}\n`}FREEHOLD_VERSION=${version}\n`;
}
