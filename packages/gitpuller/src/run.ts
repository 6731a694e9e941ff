import { stat } from 'node:fs/promises';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { withLock } from '@freehold/core/lock';
import type { Program } from '@freehold/core/run-main';
import { answerHook } from './answer-hook.ts';
import { endProcessesOf } from './end-processes.ts';
import { help } from './help.ts';
import { type Layout, layoutOf } from './layout.ts';
import { pull } from './pull.ts';
import { rollTo } from './roll.ts';
import { makeSecrets, redactError, redactLog } from './secrets.ts';
import { readPullSettings, type Settings } from './settings.ts';
import { openSite, type Site } from './site.ts';
import { markWebhook } from './webhook-secret.ts';
import { withReason } from './with-reason.ts';

const options = {
  to: { type: 'string' },
  hook: { type: 'boolean' },
} as const;

export async function run(program: Program): Promise<void> {
  const { values, positionals } = parseArguments(program.argv, options, help);
  if (values.help) return printHelp(help);
  const { to, hook } = values;
  if (to !== undefined && hook) throw usageError('--to and --hook cannot be used together', help);
  const settings = readPullSettings(program.env);
  const [name, ...rest] = positionals;
  if (hook) {
    if (name !== undefined)
      throw usageError(
        `Unexpected argument ${JSON.stringify(name)}: --hook takes the domain from the request`,
        help,
      );
    return answerHook(program, settings);
  }
  if (name === undefined) throw usageError('Missing argument: DOMAIN', help);
  if (rest.length > 0) throw usageError(`Unexpected argument ${JSON.stringify(rest[0])}`, help);
  if (to !== undefined && !/^[0-9a-f]{4,64}$/.test(to)) {
    throw usageError(
      `--to is ${JSON.stringify(to)}, but a commit id in lower case or its beginning is required`,
      help,
    );
  }
  const layout = layoutOf(settings.data, parseCanonicalDomain(name));
  await checkBase(layout);
  await markWebhook(layout, program.log);
  await runLocked(program, { layout, settings }, (site) =>
    to === undefined ? pull(site) : rollTo(site, to),
  );
}

/** import creates it with its owner, since gitpuller may not write there. */
async function checkBase({ base, domain }: Layout): Promise<void> {
  const found = await stat(base).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new FreeholdError(`${base} does not exist. Create it with: systemctl start import@${domain}`);
}

/** Allows one run at a time for each domain. However it ends, none of its git processes remain. */
async function runLocked(
  program: Program,
  { layout, settings }: { layout: Layout; settings: Settings },
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const { signal } = program;
  const secrets = makeSecrets();
  const log = redactLog(program.log, secrets);
  // The published files must be readable for the site's web server, whatever the caller's umask.
  process.umask(0o022);
  let ending: Promise<void> | undefined;
  const endAll = () => (ending ??= endProcessesOf(layout.base));
  await withLock(layout.lock, { signal, log, what: `Another pull of ${layout.domain}` }, async () => {
    const site = await openSite({ layout, settings, log, secrets, signal });
    signal.addEventListener('abort', endAll);
    try {
      await withReason(site, () => work(site));
    } catch (error) {
      await endAll();
      throw redactError(error, secrets);
    } finally {
      signal.removeEventListener('abort', endAll);
      await site.close();
    }
  });
}
