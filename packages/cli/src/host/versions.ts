import type { Row } from '../command.ts';

/** A folder /opt/freehold-VERSION, and when it was made. */
export interface VersionFolder {
  readonly name: string;
  readonly made: Date;
}

/** The versions that a host has, the newest first. `used` is FREEHOLD_VERSION of host.env. */
export function versionRows(folders: readonly VersionFolder[], used: string | undefined): Row[] {
  return folders
    .filter(({ name }) => name.startsWith('freehold-'))
    .sort((one, other) => other.made.getTime() - one.made.getTime())
    .map(({ name, made }) => {
      const version = name.slice('freehold-'.length);
      return { version, inUse: version === used, made: made.toISOString() };
    });
}
