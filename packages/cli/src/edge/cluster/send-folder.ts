// Sends a folder of this machine to a server, where it takes the place of another one: whole, or not at all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { ConnectionOptions } from '../connection.ts';
import { scriptsFolder } from '../scripts.ts';
import { sshArguments, sshCommand } from '../ssh.ts';

/** What is whole has this file as its last. */
const last = '.whole';

/**
 * @param target the folder there, which becomes root's alone.
 * @throws FreeholdError if it has not arrived; what was there stays.
 */
export async function sendFolder(
  folder: string,
  target: string,
  connection: ConnectionOptions,
): Promise<void> {
  const { server, folder: work, env, signal, report } = connection;
  const copy = await mkdtemp(join(work, 'sent-'));
  try {
    await cp(folder, copy, { recursive: true });
    await writeFile(join(copy, last), '');
    const script = await readFile(join(scriptsFolder(env), 'host/receive-files.sh'), 'utf8');
    const words = ['bash', '-c', script, 'receive-files', target, '700'];
    const sender = spawn(
      'tar',
      [
        ...['--create', '--directory', copy, '--owner', '0', '--group', '0', '--numeric-owner'],
        ...[`--exclude=./${last}`, '.', last],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], signal },
    );
    const taker = spawn('ssh', [...sshArguments(env), server, sshCommand(words)], {
      stdio: [sender.stdout, 'ignore', 'pipe'],
      env: { ...process.env, ...env },
      signal,
    });
    // This process keeps no end of the pipe: it ends with the one that sends.
    sender.stdout.destroy();
    if (taker.stderr) createInterface({ input: taker.stderr }).on('line', (line) => report(visible(line)));
    const [[sent], [taken]] = await Promise.all([once(sender, 'close'), once(taker, 'close')]);
    if (sent === 0 && taken === 0) return;
    throw new FreeholdError(`Cannot send ${folder} to ${server}:${target}; the reason is above.`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
