// What an unpacked backup says of itself (../backup/contents.ts): texts of the folder backup/.

/** A site of a backup, with its name as it stands there: a backup may come from a host that was taken over. */
export interface BackedUpSite {
  readonly name: string;
  /** Undefined for one that was stopped. */
  readonly app: string | undefined;
}

/** The lines 'APP DOMAIN' of backup/sites; '-' is the app of one that was stopped. */
export function parseSites(text: string): BackedUpSite[] {
  return text.split('\n').flatMap((line) => {
    const [, app = '', name = ''] = /^(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, app: app === '-' ? undefined : app }];
  });
}

/** The names of backup/dumped or backup/undumped, one a line. */
export function parseNames(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== ''));
}

/** A mail forward: a key of etcd, /mail/DOMAIN/LOCAL, and its value. */
export interface Forward {
  readonly domain: string;
  readonly local: string;
  readonly key: string;
  readonly value: string;
}

/** backup/mail, keys and values in lines. */
export function parseForwards(text: string): Forward[] {
  const lines = text.split('\n');
  const forwards: Forward[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [key = '', value = ''] = [lines[at], lines[at + 1]];
    const [, domain, local] = /^\/mail\/([^/]+)\/(.+)$/.exec(key) ?? [];
    if (domain !== undefined && local !== undefined) forwards.push({ domain, local, key, value });
  }
  return forwards;
}
