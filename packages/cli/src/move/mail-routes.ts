// The mail forwards of a site that moves: which are written at its new server, and which are restored if it fails.
import { FreeholdError } from '@freehold/core/error';

/** A key of etcd, /mail/DOMAIN/LOCAL, and its value, one line of JSON. */
export interface Route {
  readonly key: string;
  readonly value: string;
}

/** A forward that a move writes, and its value before that; '' if there was none. */
export interface WrittenRoute extends Route {
  readonly before: string;
}

/**
 * Reads keys and values in lines.
 *
 * @throws FreeholdError for a key that is not a forward of the domain.
 */
export function parseRoutes(domain: string, text: string): Route[] {
  const lines = text.split('\n');
  const routes: Route[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [key = '', value = ''] = [lines[at], lines[at + 1]];
    if (!key.startsWith(`/mail/${domain}/`)) {
      throw new FreeholdError(`'${key}' is not a mail forward of ${domain}.`);
    }
    routes.push({ key, value });
  }
  return routes;
}

/**
 * The forwards that differ from those of this host. Hosts that share an etcd have the same ones, so there is nothing to write.
 *
 * @throws FreeholdError if there are some on a member of a cluster: only the operator may write there.
 */
export function routesToWrite(
  domain: string,
  sent: readonly Route[],
  here: ReadonlyMap<string, string>,
  isMember: boolean,
): WrittenRoute[] {
  const different = sent.filter(({ key, value }) => here.get(key) !== value);
  const [first] = different;
  if (first && isMember) {
    const local = first.key.slice(`/mail/${domain}/`.length);
    throw new FreeholdError(
      `This host's cluster does not have the mail forward of ${local}@${domain}, and only the operator can add it: scripts/mail.sh --as (docs/how-to/run-a-cluster.md).`,
    );
  }
  return different.map(({ key, value }) => ({ key, value, before: here.get(key) ?? '' }));
}

/** The writes that restore the forwards; those that somebody has changed since stay. A value of '' stands for a removal. */
export function routesToGiveBack(
  written: readonly WrittenRoute[],
  here: ReadonlyMap<string, string>,
): Route[] {
  // The last one that was written comes first.
  const now = new Map(here);
  return written.toReversed().flatMap(({ key, value, before }) => {
    if (now.get(key) !== value) return [];
    now.set(key, before);
    return [{ key, value: before }];
  });
}

/** The note of forwards, three lines each: key, value before, value. */
export function parseWritten(text: string): WrittenRoute[] {
  const lines = text.split('\n');
  const written: WrittenRoute[] = [];
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [key = '', before = '', value = ''] = [lines[at], lines[at + 1], lines[at + 2]];
    written.push({ key, before, value });
  }
  return written;
}

export function formatWritten(written: readonly WrittenRoute[]): string {
  return written.map(({ key, before, value }) => `${key}\n${before}\n${value}\n`).join('');
}
