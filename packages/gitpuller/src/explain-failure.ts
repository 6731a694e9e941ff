// Turns git's output, which is written for a person at a terminal, into a sentence for the journal.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { outputOf } from './git.ts';

/** The kind of failure, which determines what to try next: the remote, this disk, or the request. */
type Kind = 'remote' | 'disk' | 'memory' | 'commit' | 'host key' | 'ssh key';

interface Fault {
  readonly kind: Kind;
  readonly pattern: RegExp;
  readonly sentence: string;
}

/** The first match counts: the messages of earlier entries appear together with those of later ones. */
const faults: readonly Fault[] = [
  fault('disk', /No space left on device|Out of diskspace/, 'there is no space left on the disk'),
  fault('disk', /Disk quota exceeded/, 'the disk quota is exhausted'),
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
    'it, or one of its submodules, leads to an address from which fetching is not allowed',
  ),
  fault(
    'remote',
    /Could not resolve host|unable to look up|Name or service not known|resolve hostname/,
    'its name cannot be resolved in DNS',
  ),
  fault(
    'remote',
    /SSL certificate problem|server certificate|certificate verif|gnutls_handshake|GnuTLS \w+ error|SSL_\w+|TLS connect|SSL connection/i,
    'its TLS certificate or connection is not valid',
  ),
  fault(
    'remote',
    /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]/,
    'it requires a user and a password or token, or refuses those in GITURL: https://USER:TOKEN@HOST/PATH',
  ),
  fault(
    'remote',
    /[Rr]epository .*not found|returned error: (?:404|410)|not appear to be a git repository|not exported/,
    'the repository does not exist or is not accessible',
  ),
  fault(
    'remote',
    /Connection refused|[Nn]etwork is unreachable|No route to host|Failed to connect|Couldn't connect/,
    'it refuses the connection',
  ),
  fault(
    'remote',
    /(?:connect|connection|operation|resolving|port \d+) timed out|Operation too slow|block timeout reached/i,
    'it does not answer, or stopped answering',
  ),
  fault('remote', /couldn't find remote ref|not our ref/, 'it does not have the requested commit (any more)'),
  fault(
    'remote',
    /hung up|early EOF|unexpected disconnect|Connection reset|[Cc]onnection closed|RPC failed|Could not read from remote/,
    'it ended the connection half-way',
  ),
  fault(
    'remote',
    /bad line length|protocol error|server response|unexpected (?:'|flush|line|acknowledgment|wanted-ref|response|packet)|is this a git repository|HTTP\/0\.9|returned error: \d/i,
    'its answer is not that of a git server',
  ),
  fault(
    'remote',
    /killed in the middle|died of signal/,
    'git was killed, or the remote ended the connection',
  ),
  // Any other message of libcurl.
  fault('remote', /unable to access/, ''),
];

function fault(kind: Kind, pattern: RegExp, sentence: string): Fault {
  return { kind, pattern, sentence };
}

/** The kind of failure; undefined for failures that only git can describe, such as a damaged repository. */
export function findFault(error: unknown): Fault | undefined {
  const printed = outputOf(error);
  if (printed === undefined) return undefined;
  const words = withoutNames(printed);
  return faults.find(({ pattern }) => pattern.test(words));
}

/** The name of a domain or a file may look like a reason, for example ssl-shop. */
function withoutNames(printed: string): string {
  return printed.replaceAll(/\S*\/runtime\/domains\/\S*/g, '…').replaceAll(/(?<!\w)'[^'\n]*'/g, "'…'");
}

/** Whether the repository on this disk may be broken: git failed, and no other cause is known. */
export function isWorthRemaking(error: unknown): boolean {
  return outputOf(error) !== undefined && findFault(error) === undefined;
}

/** The reason, for a sentence that names the repository before it, followed by git's own message. */
export function explainFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof FreeholdError) && (code === 'ENOSPC' || code === 'EDQUOT')) {
    return `there is no space left on the disk (${reasonOf(error)})`;
  }
  const found = findFault(error);
  const words = reasonOf(error).replace(/\.$/, '');
  return found?.sentence ? `${found.sentence} (${words})` : words;
}
