// What GITURL may say. Whatever is not named here is refused: git itself knows more (ext::, http://, fd::, bundles).
import { FreeholdError } from '@freehold/core/error';
import { parseRef, type Ref } from './git-ref.ts';

export interface Credential {
  readonly username: string;
  readonly password: string;
}

export interface GitUrl {
  /** `path` is one on this host, still to be looked at: see local-path.ts. */
  readonly kind: 'https' | 'ssh' | 'git' | 'path';
  /** For git, without credentials. */
  readonly url: string;
  /** Taken out of an https URL. */
  readonly credential?: Credential | undefined;
  /** Where the ssh server is. */
  readonly server?: { readonly host: string; readonly port: number } | undefined;
  readonly ref: Ref;
}

const forms =
  'https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, git://HOST/PATH or a path below the data folder, then perhaps a space and a branch, tag or commit';

const host = String.raw`\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*)`;
const user = '[A-Za-z0-9_.][A-Za-z0-9_.+-]*';
// A password may have an @ in it: what counts is the last one before the path.
const withScheme = new RegExp(`^(https|ssh|git)://(?:([^/]*)@)?(${host})(?::(\\d{1,5}))?(/[^?#]*)$`);
const likeScp = new RegExp(`^(${user})@(${host}):([^?#]+)$`);

/**
 * Reads the text of GITURL: one line, `URL[ REF]`.
 *
 * @throws FreeholdError, saying what is wrong, without anything that may be a password.
 */
export function parseGitUrl(text: string): GitUrl {
  const line = text.replace(/^\uFEFF/, '').replace(/\s+$/, '');
  if (line === '') throw new FreeholdError(`it is empty; needed is ${forms}.`);
  if (/[\r\n]/.test(line)) throw new FreeholdError('it has more than one line.');
  if (/\p{Cc}/u.test(line)) throw new FreeholdError('it has a control character in it.');
  const [url = '', name = '', ...rest] = line.split(/ +/);
  if (rest.length > 0) throw new FreeholdError('it has more than a URL and one branch, tag or commit.');
  return { ...parseUrl(url, line), ref: parseRef(name) };
}

function parseUrl(url: string, line: string): Omit<GitUrl, 'ref'> {
  if (url.startsWith('-')) throw new FreeholdError('it begins with a hyphen.');
  if (url.startsWith('/')) return { kind: 'path', url };
  if (/^file:/i.test(url)) return { kind: 'path', url: pathOfFileUrl(url, line) };
  const [, scheme, userInfo, name, port, path] = withScheme.exec(url) ?? [];
  if (scheme === 'https' && path !== undefined) {
    return {
      kind: 'https',
      url: `https://${name}${port ? `:${port}` : ''}${path}`,
      credential: userInfo === undefined ? undefined : parseCredential(userInfo),
    };
  }
  if (scheme === 'git' && userInfo === undefined) return { kind: 'git', url };
  if (scheme === 'ssh') return parseSsh({ url, userInfo, name, port, path });
  const scp = likeScp.exec(url);
  if (scp) return parseSsh({ url, userInfo: scp[1], name: scp[2], path: scp[3] });
  throw new FreeholdError(`${mask(url, line)} is none of what is allowed: ${whyNot(url)}needed is ${forms}.`);
}

function whyNot(url: string): string {
  if (/^http:/i.test(url)) return 'http:// would let anybody on the way change the site; write https://; ';
  if (/[?#]/.test(url)) return 'a "?" or "#" has no place in it; ';
  if (/^[A-Za-z0-9+.-]+::/.test(url)) return "git's remote helpers run programs; ";
  return '';
}

/** With an @ anywhere in the line, everything after the scheme may be a password, which may have a space in it, too. */
function mask(url: string, line: string): string {
  const shown = line.includes('@') ? url.replace(/^([a-z+.-]+:\/\/)?.*$/i, '$1***') : url;
  return JSON.stringify(shown.slice(0, 200));
}

function pathOfFileUrl(url: string, line: string): string {
  const path = /^file:\/\/(\/.*)$/i.exec(url)?.[1];
  try {
    const decoded = decodeURIComponent(path ?? '');
    if (decoded !== '' && !/\p{Cc}/u.test(decoded)) return decoded;
  } catch {
    // A % without two hex digits after it is no better than what follows.
  }
  throw new FreeholdError(`${mask(url, line)} is no path: file:///data/… is needed.`);
}

function parseCredential(userInfo: string): Credential {
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/.exec(userInfo) ?? [];
  try {
    const credential = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    if (!/\p{Cc}/u.test(credential.username + credential.password)) return credential;
  } catch {
    // The same sentence, which does not show it.
  }
  throw new FreeholdError(
    'the user or password in it cannot be read: percent-encode what is special in them.',
  );
}

function parseSsh(parts: {
  url: string;
  userInfo?: string | undefined;
  name?: string | undefined;
  port?: string | undefined;
  path?: string | undefined;
}): Omit<GitUrl, 'ref'> {
  const { url, userInfo, name = '', port = '22', path = '' } = parts;
  if (userInfo !== undefined && !new RegExp(`^${user}$`).test(userInfo)) {
    throw new FreeholdError('the user in it is not allowed: ssh takes a name, and no password.');
  }
  if (/^\/?-/.test(path)) throw new FreeholdError('the path in it begins with a hyphen.');
  if (Number(port) < 1 || Number(port) > 65_535) throw new FreeholdError(`there is no port ${port}.`);
  return { kind: 'ssh', url, server: { host: name.replace(/^\[|\]$/g, ''), port: Number(port) } };
}
