// The addresses allowed in GITURL. Everything else is refused: git itself supports more (ext::, http://,
// fd::, bundles). No error repeats the text: anything that cannot be parsed may be a password in an
// unexpected place.
import { FreeholdError } from '@freehold/core/error';
import { parseRef, type Ref } from './git-ref.ts';

export interface Credential {
  readonly username: string;
  readonly password: string;
  /** The user and password, still percent-encoded. */
  readonly written: readonly [username: string, password: string];
}

export interface GitUrl {
  /** `path` is a path on this host, which must still be checked: see local-path.ts. */
  readonly kind: 'https' | 'ssh' | 'path';
  /** For git and for the log: without credentials. */
  readonly url: string;
  /** Extracted from an https URL. */
  readonly credential?: Credential | undefined;
  /** The address of the ssh server. */
  readonly server?: { readonly host: string; readonly port: number } | undefined;
  readonly ref: Ref;
}

type Source = Omit<GitUrl, 'ref'>;

const forms =
  'Write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or a path on this host, optionally followed by a space and a branch, tag or commit.';

const host = String.raw`\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*)`;
const user = '[A-Za-z0-9_.][A-Za-z0-9_.+-]*';
const authority = String.raw`(?<host>${host})(?::(?<port>\d{1,5}))?`;
/**
 * According to RFC 3986, the user information ends before the first slash. An @ in the path is refused below.
 */
const standard = new RegExp(`^(?:(?<userInfo>[^/?#]*)@)?${authority}(?<path>/[^?#]*)$`);
/** With characters in the user information that should have been percent-encoded: it ends at the last @. */
const unencoded = new RegExp(`^(?<userInfo>.*[/?#\\s].*)@${authority}(?<path>/[^?#@\\s]*)(?: .*)?$`);
const likeScp = new RegExp(`^(?<userInfo>${user})@(?<host>${host}):(?<path>[^?#@]+)$`);

/**
 * Parses the text of GITURL: one line, `URL[ REF]`.
 *
 * @throws FreeholdError that explains the problem and repeats nothing that may be a password.
 */
export function parseGitUrl(text: string): GitUrl {
  const line = text.replace(/^\uFEFF/, '').replace(/\s+$/, '');
  if (line === '') throw new FreeholdError(`it is empty. ${forms}`);
  if (/[\r\n]/.test(line)) throw new FreeholdError('it has more than one line.');
  if (/\p{Cc}/u.test(line)) throw new FreeholdError('it contains a control character.');
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(line) ?? [];
  if (scheme !== undefined && rest !== undefined && scheme.toLowerCase() !== 'file') {
    return parseWithScheme(scheme, rest);
  }
  const { url, ref } = splitRef(line);
  return { ...parseWithoutScheme(url), ref };
}

function splitRef(line: string): { url: string; ref: Ref } {
  const [url = '', name = '', ...more] = line.split(/ +/);
  if (more.length > 0) throw new FreeholdError('it contains more than a URL and one branch, tag or commit.');
  if (!line.includes('@')) return { url, ref: parseRef(name) };
  try {
    return { url, ref: parseRef(name) };
  } catch {
    throw new FreeholdError(
      'the text after the space is not a branch, tag or commit. If it is part of a password, percent-encode the space as %20.',
    );
  }
}

function parseWithScheme(scheme: string, rest: string): GitUrl {
  if (scheme !== 'https' && scheme !== 'ssh') throw new FreeholdError(`${whyNotScheme(scheme)} ${forms}`);
  const intended = unencoded.exec(rest)?.groups?.userInfo;
  const isAmbiguous = intended !== undefined || /^[^/?#\s]*[/?#]\S*@/.test(rest);
  if (intended !== undefined && !/\s/.test(intended) && !isStandard(rest)) {
    // Only one interpretation is possible, so it must be the intended one.
    return parseParts(scheme, rest, unencoded);
  }
  if (isAmbiguous) {
    throw new FreeholdError(
      'it has an "@" after a slash, question mark, hash or space, so the end of the password or token is unclear. Percent-encode these characters in the password: "/" as %2F, "@" as %40, ":" as %3A, "?" as %3F, "#" as %23, "%" as %25, a space as %20; in the path, write %40 for "@".',
    );
  }
  return parseParts(scheme, rest, standard);
}

function isStandard(rest: string): boolean {
  return standard.test(rest.split(/ +/)[0] ?? '');
}

function parseParts(scheme: 'https' | 'ssh', rest: string, pattern: RegExp): GitUrl {
  const { url, ref } = splitRef(rest);
  const { userInfo, host: name, port, path } = pattern.exec(url)?.groups ?? {};
  if (name === undefined || path === undefined) throw new FreeholdError(`${whyNot(url)} ${forms}`);
  checkPort(port);
  const place = `${name}${port ? `:${port}` : ''}${path}`;
  if (scheme === 'ssh') {
    const prefix = userInfo === undefined ? '' : `${userInfo}@`;
    return { ...parseSsh({ url: `ssh://${prefix}${place}`, userInfo, name, port, path }), ref };
  }
  const credential = userInfo === undefined ? undefined : parseCredential(userInfo);
  return { kind: 'https', url: `https://${place}`, credential, ref };
}

function checkPort(port = '22'): void {
  if (Number(port) < 1 || Number(port) > 65_535) {
    throw new FreeholdError('its port is not between 1 and 65535.');
  }
}

function parseWithoutScheme(url: string): Source {
  if (url.startsWith('-')) throw new FreeholdError('it begins with a hyphen.');
  if (url.startsWith('/')) return { kind: 'path', url };
  if (/^file:/i.test(url)) return { kind: 'path', url: pathOfFileUrl(url) };
  const { userInfo, host: name, path } = likeScp.exec(url)?.groups ?? {};
  if (name === undefined) throw new FreeholdError(`${whyNot(url)} ${forms}`);
  return parseSsh({ url, userInfo, name, path });
}

function whyNotScheme(scheme: string): string {
  // Nothing else is repeated: it may be the beginning of a password.
  const shown = /^(?:http|git|ftps?|https|ssh|git\+ssh|svn)$/i.test(scheme) ? `${scheme}://` : 'its scheme';
  if (/^(?:http|git)$/i.test(scheme)) {
    return `${shown} is refused because anyone between the server and this host could change the site. Use https:// or ssh://.`;
  }
  return `${shown} is not supported.`;
}

function whyNot(url: string): string {
  if (/^[A-Za-z0-9+.-]+::/.test(url)) return "git's remote helpers run programs, so they are refused.";
  if (/[?#]/.test(url)) return 'it contains a "?" or "#".';
  return 'it is not the address of a repository.';
}

function pathOfFileUrl(url: string): string {
  const path = /^file:\/\/(\/.*)$/i.exec(url)?.[1];
  try {
    const decoded = decodeURIComponent(path ?? '');
    if (decoded !== '' && !/\p{Cc}/u.test(decoded)) return decoded;
  } catch {
    // A % without two hex digits: the same error as for any other invalid path.
  }
  throw new FreeholdError('it is not the URL of a folder on this host. Write file:///PATH.');
}

function parseCredential(userInfo: string): Credential {
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/.exec(userInfo) ?? [];
  try {
    const decoded = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    if (!/\p{Cc}/u.test(decoded.username + decoded.password)) {
      return { ...decoded, written: [username, password] };
    }
  } catch {
    // The same error, which does not repeat the text.
  }
  throw new FreeholdError(
    'its user or password cannot be decoded. Percent-encode special characters, "%" as %25.',
  );
}

function parseSsh(parts: {
  url: string;
  userInfo?: string | undefined;
  name: string;
  port?: string | undefined;
  path?: string | undefined;
}): Source {
  const { url, userInfo, name, port = '22', path = '' } = parts;
  if (userInfo !== undefined && !new RegExp(`^${user}$`).test(userInfo)) {
    throw new FreeholdError('its user is not allowed: ssh accepts a name, but no password.');
  }
  if (/^\/?-/.test(path)) throw new FreeholdError('its path begins with a hyphen.');
  return { kind: 'ssh', url, server: { host: name.replace(/^\[|\]$/g, ''), port: Number(port) } };
}
