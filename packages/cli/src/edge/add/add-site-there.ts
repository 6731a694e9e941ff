// Adds a site to a server, from a control machine: sends its data, and runs the server's own command.
import { rm } from 'node:fs/promises';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import { checkExclusive } from '../../add/checks.ts';
import { chooseImportable, type Importable, sentPath } from '../../add/source.ts';
import type { Call } from '../../command.ts';
import { checkServer } from '../../servers.ts';
import { type ConnectionOptions, callServer } from '../connection.ts';
import { makeConnectionFolder } from '../connection-folder.ts';
import { createReport } from '../deploy/clock.ts';
import { readApps } from '../host.ts';
import { sourceOf } from './add-site-here.ts';
import { lookAtSource } from './look-at-source.ts';
import { readAddress } from './read-address.ts';
import { sendUpload } from './send-upload.ts';

/** Stays the same for control machines of other versions. */
const script = '/opt/freehold/scripts/add-site.sh';

/** @throws FreeholdError if the site is not added there; the reason was printed as the server gave it. */
export async function addSiteThere(call: Call): Promise<void> {
  const { args, options, env, signal } = call;
  const server = checkServer(String(options.on));
  const domain = parseCanonicalDomain(args[0] ?? '');
  const { path } = sourceOf(call);
  const address = await readAddress(call);
  checkExclusive({ source: path, address });
  const app = typeof options.app === 'string' ? options.app : undefined;
  const what =
    path === undefined ? undefined : await chooseSource(call, { domain, path, app: app ?? 'static' });
  const print = (stream: NodeJS.WriteStream) => (line: string) =>
    void stream.write(`${visible(line.replaceAll('\t', '    '))}\n`);
  const folder = await makeConnectionFolder(env);
  const connection: ConnectionOptions = { server, folder, env, signal, report: print(process.stderr) };
  const report = createReport(env);
  const words = [script, domain, ...(app === undefined ? [] : ['--app', app])];
  try {
    if (options.dryRun) {
      words.push('--dry-run');
      if (path !== undefined) report(`Would send ${path} to ${server}`);
    } else if (what) {
      report(`Sending ${path} to ${server}`);
      await sendUpload(connection, {
        domain,
        use: app ?? 'static',
        what,
        report,
        print: print(process.stdout),
      });
    }
    // With --dry-run, too: the server then checks whether it could import such an upload.
    if (what) words.push('--take', sentPath(domain) + (what.kind === 'archive' ? what.ending : ''));
    // Not in the command line there, either.
    if (address !== undefined) words.push('--git', '-');
    const input = address === undefined ? undefined : `${address}\n`;
    const { code } = await callServer(connection, words, print(process.stdout), input);
    if (code === 0) return;
    throw new FreeholdError(`${domain} was not added to ${server}; the reason is above.`, {
      code: code === 2 ? 'usage' : 'failed',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What of a source on this machine is sent, for an app that the checkout declares.
 *
 * @throws FreeholdError `usage` for a source that cannot be imported.
 */
export async function chooseSource(
  { env }: Pick<Call, 'env'>,
  { domain, path, app }: { readonly domain: string; readonly path: string; readonly app: string },
): Promise<Importable> {
  const pagesFolder = (await readApps(env)).get(app)?.get('Pages')?.[0];
  return chooseImportable(await lookAtSource(path, { domain, pagesFolder }), { domain, pagesFolder });
}
