import { rm } from 'node:fs/promises';
import { parseCanonicalDomain } from '@freehold/core/domain';
import type { Call } from '../command.ts';
import { chooseSource } from '../edge/add/add-site-there.ts';
import { sendUpload } from '../edge/add/send-upload.ts';
import { makeConnectionFolder } from '../edge/connection-folder.ts';
import { createReport } from '../edge/deploy/clock.ts';
import { harmless } from '../edge/each-server.ts';
import { checkServer } from '../servers.ts';

/** Sends the data of a site to a server, where the site's next start imports it. */
export async function importSite(call: Call): Promise<void> {
  const { args, env, options, signal } = call;
  const [server = '', name = '', path = ''] = args;
  checkServer(server);
  const domain = parseCanonicalDomain(name);
  const app = typeof options.app === 'string' ? options.app : 'static';
  const what = await chooseSource(call, { domain, path, app });
  const report = createReport(env);
  if (options.dryRun) {
    const into = what.kind === 'pages' ? `, as ${what.folder} of its folder` : '';
    return report(
      `Would send ${what.at} to ${server}, where the next start of ${domain} imports it${into}. Nothing was changed.`,
    );
  }
  const print = (stream: NodeJS.WriteStream) => (line: string) => void stream.write(`${harmless(line)}\n`);
  const folder = await makeConnectionFolder(env);
  try {
    report(`Sending ${path} to ${server}`);
    const connection = { server, folder, env, signal, report: print(process.stderr) };
    await sendUpload(connection, { domain, use: 'import', what, report, print: print(process.stdout) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
