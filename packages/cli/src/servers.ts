// Which servers --on means.
import { FreeholdError } from '@freehold/core/error';

/** HOST or USER@HOST, as for ssh: never something that ssh would read as an option. */
const server = /^(?:[A-Za-z_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:_-]*$/;

/** @throws FreeholdError `usage` */
export function checkServer(text: string): string {
  if (server.test(text)) return text;
  throw new FreeholdError(
    `'${text}' is not a server: HOST or USER@HOST is required, such as h1.example.com or admin@h1.example.com.`,
    { code: 'usage' },
  );
}

/** The servers of the file: one per line; # begins a comment. */
export function parseServersFile(text: string): string[] {
  const words = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return [...new Set(words.filter((word) => word !== '').map(checkServer))];
}

/**
 * The servers of 'h1,h2' or 'all', each once.
 *
 * @param listed the text of the servers file; undefined if there is none.
 * @throws FreeholdError `usage` for a word that is no server, and for 'all' without a list.
 */
export function selectServers(text: string, list: { file: string; listed: string | undefined }): string[] {
  const words = text.split(',').filter((word) => word !== '');
  const all = words.flatMap((word) => {
    if (word !== 'all') return [checkServer(word)];
    if (list.listed === undefined) {
      throw new FreeholdError(`${list.file} does not exist. Write the servers to it, one per line.`, {
        code: 'usage',
      });
    }
    return parseServersFile(list.listed);
  });
  if (all.length === 0) throw new FreeholdError('Missing servers after --on.', { code: 'usage' });
  return [...new Set(all)];
}
