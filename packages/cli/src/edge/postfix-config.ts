// Calls of the program postfix-config, beside the one that runs permanently.
import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { readHost } from './host.ts';
import { type ContainerCall, outputOfProgram, passProgram } from './program-container.ts';

/** The user of the program, which alone can read a copy of the keys. */
const user = 10001;

function callOf(words: readonly string[], keys: string, { signal }: Call): ContainerCall {
  const volumes = [
    `${keys}:/etc/freehold/cluster:ro`,
    '/data/runtime/postfix:/data/runtime/postfix:ro',
    '/data/runtime/haproxy:/data/runtime/haproxy:ro',
    '/run/freehold/postfix:/run/postfix',
  ];
  return { program: 'postfix-config', args: words, options: ['--network', 'host'], volumes, signal };
}

/** @throws FreeholdError if this is no host, or the program fails. */
export async function askPostfixConfig(words: readonly string[], call: Call): Promise<string> {
  await readHost(call);
  return outputOfProgram(callOf(words, '/etc/freehold/cluster', call));
}

/**
 * Runs it with its output on that of this process.
 *
 * @param as a folder with the operator's certificate of a cluster.
 * @throws FreeholdError if this is no host, the folder is incomplete, or the program fails.
 */
export async function passPostfixConfig(words: readonly string[], as: string | undefined, call: Call) {
  await readHost(call);
  if (as === undefined) return passProgram(callOf(words, '/etc/freehold/cluster', call));
  const keys = await mkdtemp('/run/freehold-mail.');
  try {
    await borrowKeys(as, keys);
    await passProgram(callOf(words, keys, call));
  } finally {
    await rm(keys, { recursive: true, force: true });
  }
}

async function borrowKeys(from: string, to: string): Promise<void> {
  for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
    const [source, target] = [join(from, name), join(to, name)];
    await copyFile(source, target).catch((cause: unknown) => {
      throw new FreeholdError(
        `Cannot read ${source}: ${reasonOf(cause)}. --as requires a folder with ca.pem, cert.pem and key.pem.`,
        { code: 'usage', cause },
      );
    });
    await chmod(target, 0o400);
    await chown(target, user, user);
  }
  await chown(to, user, user);
}
