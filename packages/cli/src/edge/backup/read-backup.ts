// What is to be known of the file of a backup.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { domainOf } from '../../backup/contents.ts';
import { outputOf } from '../run-program.ts';

/** A server's IPv6 address puts colons into the file's name. tar would take what precedes the first one for a remote host. */
const archive = (file: string) => ['--force-local', '--file', file];

/**
 * Reads a backup to its end, since a damaged file is no backup, and one that was cut off lacks its last entry. Gives the
 * domains with an entry below their folder; undefined if it is not whole.
 */
export async function readBackup(file: string, signal: AbortSignal): Promise<Set<string> | undefined> {
  const words = ['--list', '--gzip', '--quoting-style=literal', ...archive(file)];
  const child = spawn('tar', words, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const filled = new Set<string>();
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    const domain = domainOf(line);
    if (domain !== undefined) filled.add(domain);
  }
  const [code] = await ended;
  return code === 0 && last === '.whole' ? filled : undefined;
}

/** Lines of APP DOMAIN. */
export function readSites(file: string, signal: AbortSignal): Promise<string> {
  const words = ['--extract', '--gzip', '--to-stdout', '--occurrence=1', ...archive(file), 'backup/sites'];
  return outputOf('tar', words, { signal });
}
