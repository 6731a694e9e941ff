// From what git says, which is written for a person at a terminal, to a sentence for one at the journal.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { saidByGit } from './git.ts';

/** Who is at fault, which says what is worth trying: the remote, this disk, or what was asked for. */
type Kind = 'remote' | 'disk' | 'memory' | 'commit' | 'host key' | 'ssh key';

interface Fault {
  readonly kind: Kind;
  readonly pattern: RegExp;
  readonly sentence: string;
}

/** The first that fits counts: what stands above is said together with what stands below it. */
const faults: readonly Fault[] = [
  fault('disk', /No space left on device|Out of diskspace/, 'there is no space left on the disk'),
  fault('disk', /Disk quota exceeded/, "the disk's quota is used up"),
  // The same commit would fail in a new repository as well.
  fault(
    'commit',
    /invalid path '|File name too long|No url found for submodule path|invalid value for '|strange hostname/i,
    'its commit cannot be checked out',
  ),
  fault('memory', /out of memory/i, 'there is not enough memory for its commit'),
  fault('host key', /Host key verification failed|host key is known for|HOST IDENTIFICATION HAS CHANGED/, ''),
  fault('ssh key', /Permission denied \(|Too many authentication failures/, ''),
  fault(
    'remote',
    /transport '[^']*' not allowed/,
    'it, or one of its submodules, leads to something that may not be fetched from',
  ),
  fault(
    'remote',
    /Could not resolve host|unable to look up|Name or service not known|resolve hostname/,
    'its name is not known in DNS',
  ),
  fault(
    'remote',
    /SSL certificate problem|server certificate|certificate verif|gnutls_handshake|GnuTLS \w+ error|SSL_\w+|TLS connect|SSL connection/i,
    'its TLS certificate or connection is not good',
  ),
  fault(
    'remote',
    /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]/,
    'it wants a user and a password or token, or does not take those that GITURL has: https://USER:TOKEN@HOST/PATH',
  ),
  fault(
    'remote',
    /[Rr]epository .*not found|returned error: (?:404|410)|not appear to be a git repository|not exported/,
    'there is no such repository, or it is not shown to us',
  ),
  fault(
    'remote',
    /Connection refused|[Nn]etwork is unreachable|No route to host|Failed to connect|Couldn't connect/,
    'it does not take our connection',
  ),
  fault(
    'remote',
    /(?:connect|connection|operation|resolving|port \d+) timed out|Operation too slow|block timeout reached/i,
    'it does not answer, or no longer',
  ),
  fault('remote', /couldn't find remote ref|not our ref/, 'it does not have what was asked for (any more)'),
  fault(
    'remote',
    /hung up|early EOF|unexpected disconnect|Connection reset|[Cc]onnection closed|RPC failed|Could not read from remote/,
    'it ended the connection half-way',
  ),
  fault(
    'remote',
    /bad line length|protocol error|server response|unexpected (?:'|flush|line|acknowledgment|wanted-ref|response|packet)|is this a git repository|HTTP\/0\.9|returned error: \d/i,
    'what it answers is not what a git server answers',
  ),
  fault('remote', /killed in the middle|died of signal/, 'git was killed, or cut off by the other side'),
  // Whatever else libcurl says.
  fault('remote', /unable to access/, ''),
];

function fault(kind: Kind, pattern: RegExp, sentence: string): Fault {
  return { kind, pattern, sentence };
}

/** What kind of fault it is; undefined for one that git alone can name, such as a damaged repository. */
export function findFault(error: unknown): Fault | undefined {
  const said = saidByGit(error);
  if (said === undefined) return undefined;
  const words = withoutNames(said);
  return faults.find(({ pattern }) => pattern.test(words));
}

/** A domain or a file may be called ssl-shop, or anything else that looks like a reason. */
function withoutNames(said: string): string {
  return said.replaceAll(/\S*\/runtime\/domains\/\S*/g, '…').replaceAll(/(?<!\w)'[^'\n]*'/g, "'…'");
}

/** Whether the repository on this disk may be what is broken: git failed, and not for a reason that is somebody else's. */
export function isWorthRemaking(error: unknown): boolean {
  return saidByGit(error) !== undefined && findFault(error) === undefined;
}

/** The reason for a sentence that names the repository before it; git's own words stand behind it. */
export function explainFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof FreeholdError) && (code === 'ENOSPC' || code === 'EDQUOT')) {
    return `there is no space left on the disk (${reasonOf(error)})`;
  }
  const found = findFault(error);
  const words = reasonOf(error).replace(/\.$/, '');
  return found?.sentence ? `${found.sentence} (${words})` : words;
}
