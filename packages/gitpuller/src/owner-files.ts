// Files that the site's owner put into the domain's folder. They can be anything, so they are read without
// following links.
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';
import { type GitUrl, parseGitUrl } from './git-url.ts';
import type { Layout } from './layout.ts';

const limits = { GITURL: 4096, key: 32_768, known_hosts: 1_048_576, WEBHOOK_SECRET: 1024 };
/** In ssh's order of preference. */
const keyNames = ['id_ed25519', 'id_ecdsa', 'id_rsa'] as const;

export interface SshKey {
  readonly path: string;
  readonly text: string;
}

/** Reads GITURL; its errors contain the file's path. */
export async function readGitUrl(layout: Layout): Promise<GitUrl> {
  const path = join(layout.home, 'GITURL');
  const text = await readOwned(layout, 'GITURL', { maxBytes: limits.GITURL, mode: '640' });
  if (text === undefined) {
    throw new FreeholdError(
      `${path} is missing. Write one line to it: the URL of the repository, optionally followed by a space and a branch, tag or commit.`,
    );
  }
  try {
    return parseGitUrl(text);
  } catch (error) {
    throw new FreeholdError(`Cannot use ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The first of the domain's keys, if there is one. */
export async function readSshKey(layout: Layout): Promise<SshKey | undefined> {
  for (const name of keyNames) {
    const text = await readOwned(layout, name, { maxBytes: limits.key, mode: '600' });
    if (text === undefined) continue;
    const path = join(layout.home, name);
    if (isEncrypted(text)) {
      throw new FreeholdError(
        `${path} has a passphrase, which nobody can type here. Remove it with ssh-keygen -p -f ${path}, or create a separate key for this site.`,
      );
    }
    // An editor or a web form may have changed the line endings; ssh requires the original ones.
    return { path, text: `${text.replaceAll('\r', '').trimEnd()}\n` };
  }
  return undefined;
}

export async function readKnownHosts(layout: Layout): Promise<string> {
  return (await readOwned(layout, 'known_hosts', { maxBytes: limits.known_hosts, mode: '644' })) ?? '';
}

export function readWebhookSecret(layout: Layout): Promise<string | undefined> {
  return readOwned(layout, 'WEBHOOK_SECRET', { maxBytes: limits.WEBHOOK_SECRET, mode: '600' });
}

async function readOwned(
  layout: Layout,
  name: string,
  { maxBytes, mode }: { maxBytes: number; mode: string },
): Promise<string | undefined> {
  const path = join(layout.home, name);
  try {
    const names = ['domains', layout.domain, 'static-git', name];
    return (await readInside(layout.data, names, { maxBytes }))?.text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') {
      throw error instanceof FreeholdError ? new FreeholdError(`${error.message}.`, { cause: error }) : error;
    }
    throw new FreeholdError(
      `gitpuller, which runs as user 10003, cannot read ${path}. Run: chown 10003:10003 ${path} && chmod ${mode} ${path}`,
      { cause: error },
    );
  }
}

/**
 * PEM states it in a header; OpenSSH's own format (its source: PROTOCOL.key) contains the cipher after a
 * fixed prefix.
 */
function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text)) return true;
  const body = /BEGIN OPENSSH PRIVATE KEY-+([^-]+)-/.exec(text)?.[1];
  if (body === undefined) return false;
  const blob = Buffer.from(body, 'base64');
  const start = 'openssh-key-v1\0'.length;
  if (blob.length < start + 4) return false;
  return blob.toString('latin1', start + 4, start + 4 + blob.readUInt32BE(start)) !== 'none';
}
