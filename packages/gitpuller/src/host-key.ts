// ssh refuses an unknown server. Its user must confirm the server's key; the error states what to
// compare and what to write.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outputOf } from './git.ts';
import type { GitUrl } from './git-url.ts';
import type { Site } from './site.ts';

export interface HostKey {
  readonly type: string;
  /** In the format of ssh-keygen and the providers' pages. */
  readonly fingerprint: string;
  /** The line for known_hosts. */
  readonly line: string;
}

/** Why ssh did not trust the server, and what to do. */
export async function explainHostKey(site: Site, server: GitUrl['server'], error: unknown): Promise<string> {
  const { host = '', port = 22 } = server ?? {};
  const file = join(site.layout.home, 'known_hosts');
  const keys = await scanHostKeys(host, port, site.signal);
  const shown = keys.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(', ');
  const now =
    shown === '' ? 'It does not show its keys to ssh-keyscan at the moment.' : `Its current keys: ${shown}.`;
  if (/HOST IDENTIFICATION HAS CHANGED/.test(outputOf(error) ?? '')) {
    return `THE HOST KEY OF ${host} HAS CHANGED: it is not the one in ${file}. Either the server has a new key, or somebody intercepts the connection. ${now} Replace the line of ${host} in ${file} only if the provider publishes one of these keys`;
  }
  const best = keys.find(({ type }) => type === 'ssh-ed25519') ?? keys[0];
  const what = best ? `add this line to ${file}: ${best.line}` : `add its line to ${file}`;
  return `the host key of ${host} is not known yet. ${now} Compare it with the key that the provider publishes; if they are equal, ${what}`;
}

async function scanHostKeys(host: string, port: number, signal: AbortSignal): Promise<HostKey[]> {
  try {
    const args = ['-T', '5', '-p', String(port), '--', host];
    const { stdout } = await promisify(execFile)('ssh-keyscan', args, { signal, timeout: 20_000 });
    return parseHostKeys(stdout);
  } catch {
    signal.throwIfAborted();
    // ssh's message is the failure; this would only have helped to fix it.
    return [];
  }
}

/** Parses the output of ssh-keyscan(1): lines in the format of known_hosts, and comments. */
export function parseHostKeys(text: string): HostKey[] {
  return text.split('\n').flatMap((line) => {
    const [, type, key] = /^\S+ ([a-z0-9@.-]+) ([A-Za-z0-9+/=]+)$/.exec(line.trim()) ?? [];
    if (type === undefined || key === undefined || line.startsWith('#')) return [];
    const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
    return [{ type, fingerprint: `SHA256:${hash}`, line: line.trim() }];
  });
}
