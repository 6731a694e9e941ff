// HAProxy's own answer to http-01 (RFC 8555 section 8.3): a CA asks for a token, and the answer is the token, a dot and the
// thumbprint of the account's key. So one thumbprint is enough for every name on every host, and no site has to run.
import { join } from 'node:path';

/**
 * The map from which HAProxy takes the thumbprint: one line `thumbprint VALUE`. The program acme writes it, and tells the
 * running HAProxy by its admin socket. Without the file, or with an empty one, requests go to the sites as any other.
 */
export function thumbprintMap(folder: string): string {
  return join(folder, 'acme', 'thumbprint.map');
}

/** At least 128 bits in base64url without padding (RFC 8555 section 8.3). */
const challengePath = '^/\\.well-known/acme-challenge/[A-Za-z0-9_-]{22,128}$';

/**
 * The rules of the frontend, to stand ahead of the redirect to https. `opt@` lets HAProxy start without the file. The map is
 * named once: HAProxy 3.0 keeps a copy for each place that names an optional map, and its admin socket changes only the first.
 */
export function challengeRules(folder: string): string {
  const asks = `{ path_beg /.well-known/acme-challenge/ } { method GET HEAD } { path_reg ${challengePath} }`;
  return `    # Any CA that validates a name of this account (RFC 8555).
    http-request set-var(txn.acme) str(thumbprint),map_str(opt@${thumbprintMap(folder)}) if ${asks}
    http-request return status 200 content-type text/plain lf-string %[path,field(4,/)].%[var(txn.acme)] if { var(txn.acme) -m found }
`;
}
