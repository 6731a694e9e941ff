import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { runProgram } from './run-program.ts';
import { scriptsFolder } from './scripts.ts';

/** One call of the program postfix-config, in its container (scripts/mail.sh). */
export async function askPostfixConfig(words: readonly string[], { env, signal }: Call): Promise<string> {
  const script = join(scriptsFolder(env), 'mail.sh');
  const { code, stdout, stderr } = await runProgram('/bin/bash', [script, ...words], { signal });
  if (code === 0) return stdout;
  const reason = stderr.trim().split('\n').at(-1) || `exit code ${code}`;
  throw new FreeholdError(`postfix-config failed to answer '${words[0]}': ${reason}`, {
    code: code === 2 ? 'usage' : 'failed',
  });
}
