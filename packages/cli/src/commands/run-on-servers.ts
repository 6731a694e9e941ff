import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { callServer } from '../edge/connection.ts';
import { onEachServer, serversOf } from '../edge/each-server.ts';
import { quoteWords } from '../edge/ssh.ts';

/** Runs a command on servers, as root; each line that it prints has its server before it. */
export async function runOnServers(call: Call): Promise<void> {
  const end = call.args.indexOf('--');
  const words = call.args.slice(end + 1);
  const servers = await serversOf(call.args.slice(0, end), call);
  await onEachServer(servers, call, async ({ connection, print, report }) => {
    if (call.options.dryRun) return report(`Would run: ${quoteWords(words)}`);
    const { code } = await callServer(connection, words, print);
    if (code !== 0) throw new FreeholdError(`The command failed with exit code ${code}.`);
  });
}
