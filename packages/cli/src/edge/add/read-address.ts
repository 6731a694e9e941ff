import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { FreeholdError } from '@freehold/core/error';
import { readInput } from '@freehold/core/read-input';
import { checkArgument, maxAddressBytes, parseAddress } from '../../add/address.ts';
import type { Call } from '../../command.ts';

/**
 * The address of a repository: of --git, of standard input for '--git -', or of the file of --git-file. Undefined if none was
 * given.
 *
 * @throws FreeholdError `usage`, without the address.
 */
export async function readAddress({ options, signal }: Call): Promise<string | undefined> {
  const { git, gitFile } = options;
  if (git !== undefined && gitFile !== undefined)
    throw new FreeholdError('--git and --git-file cannot be used together.', { code: 'usage' });
  const read = async (option: string, stream: Readable, what: string) =>
    parseAddress(option, await readInput(stream, { maxBytes: maxAddressBytes, what, signal }));
  if (git === '-') return read('--git', process.stdin, 'standard input');
  if (typeof git === 'string') {
    checkArgument(git);
    return parseAddress('--git', git);
  }
  if (typeof gitFile !== 'string') return undefined;
  if (!statSync(gitFile, { throwIfNoEntry: false })?.isFile()) {
    throw new FreeholdError(`Cannot read the repository's address from '${gitFile}': no such file.`, {
      code: 'usage',
    });
  }
  return read('--git-file', createReadStream(gitFile), gitFile);
}
