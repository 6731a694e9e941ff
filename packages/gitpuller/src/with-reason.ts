import { FreeholdError } from '@freehold/core/error';
import { explainFailure, findFault } from './explain-failure.ts';
import { shorten } from './git-ref.ts';
import { explainHostKey } from './host-key.ts';
import { readPublished } from './links.ts';
import type { Site } from './site.ts';

/** Runs a pull. If it fails, the error states the reason, and what visitors see in the meantime. */
export async function withReason(site: Site, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    site.signal.throwIfAborted();
    const { domain } = site.layout;
    const served = await readPublished(site.layout, 'served');
    const meanwhile = served
      ? `The site stays at ${shorten(served.commit)}.`
      : 'There is nothing to serve yet.';
    throw new FreeholdError(`${domain} was not pulled${await why(site, error)}. ${meanwhile}`, {
      cause: error,
    });
  }
}

async function why(site: Site, error: unknown): Promise<string> {
  const reason = explainFailure(error);
  // The reason is a GITURL that cannot be read.
  const remote = await site.remote().catch(() => undefined);
  if (remote === undefined) return `: ${reason}`;
  const from = ` from ${remote.url}: `;
  const kind = findFault(error)?.kind;
  if (kind === 'host key') return from + (await explainHostKey(site, remote.server, error));
  if (kind !== 'ssh key') return from + reason;
  const key = remote.key
    ? `does not accept the key ${remote.key.path}. Add its public key there as a deploy key`
    : `requires a key. Put one into ${site.layout.home} as id_ed25519, and add its public key there as a deploy key`;
  return `${from}it ${key} (${reason})`;
}
