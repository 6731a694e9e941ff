// What the server that a site leaves tells of it before the move: one line, 'KILOBYTES STATUS DATABASE HOST BOOT'.
import { FreeholdError } from '@freehold/core/error';

export interface Description {
  /** Size of its data, in units of 1024 bytes. */
  readonly kilobytes: number;
  /** HTTP status of its front page; '000' if the edge does not answer. */
  readonly status: string;
  /** Version of its database server, or '-'. */
  readonly database: string;
  readonly host: string;
  /** The host's boot id. */
  readonly boot: string;
}

const line =
  /^(\d{1,15}) (\d{3}) (-|\d+(?:\.\d+)*) ([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?) ([0-9a-f-]{1,64})$/;

/** @throws FreeholdError if the line is another one. */
export function parseDescription(text: string): Description {
  const [, kilobytes, status, database, host, boot] = line.exec(text.trim()) ?? [];
  if (kilobytes && status && database && host && boot) {
    return { kilobytes: Number(kilobytes), status, database, host, boot };
  }
  throw new FreeholdError(
    `The server that has the site sent an invalid description of it: '${text.trim().slice(0, 200)}'.`,
  );
}

export function formatDescription({ kilobytes, status, database, host, boot }: Description): string {
  return `${kilobytes} ${status} ${database} ${host} ${boot}`;
}

/** What the server that a site comes to has for it. */
export interface Room {
  /** Free space on the disk of /data, in units of 1024 bytes. */
  readonly kilobytes: number;
  /** Version of the database server that the site would start with; undefined for an app without one. */
  readonly database?: string | undefined;
  /** As in 'MariaDB'. */
  readonly server?: string | undefined;
}

/** Why a site cannot come, as a sentence; undefined if it can. */
export function whyNoRoom(
  domain: string,
  site: Pick<Description, 'kilobytes' | 'database'>,
  room: Room,
): string | undefined {
  const megabytes = (kilobytes: number) => Math.floor(kilobytes / 1024);
  if (room.kilobytes <= site.kilobytes * 1.1) {
    return `${domain} needs ${megabytes(site.kilobytes)} MB, but /data on this host has only ${megabytes(room.kilobytes)} MB free.`;
  }
  if (site.database === '-' || room.database === undefined) return undefined;
  if (compareVersions(room.database, site.database) >= 0) return undefined;
  return `The database was written by ${room.server} ${site.database}, but this host has ${room.database}, which cannot read it. Deploy a newer version to this host first.`;
}

/** Negative if `one` is older than `other`; versions are numbers with dots. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
