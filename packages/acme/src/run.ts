import { mkdir } from 'node:fs/promises';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { withLock } from '@freehold/core/lock';
import type { Program } from '@freehold/core/run-main';
import { ensureAccountKey } from './account-key.ts';
import { runInCluster } from './cluster/run-in-cluster.ts';
import { type Context, createContext } from './context.ts';
import { createDiskStore } from './disk-store.ts';
import { help } from './help.ts';
import { layoutOf } from './layout.ts';
import { publishThumbprint } from './publish-thumbprint.ts';
import { rehearse } from './rehearse.ts';
import { openReports } from './reports.ts';
import { serveAll } from './serve-all.ts';
import { serveOne } from './serve-one.ts';
import { readAcmeSettings } from './settings.ts';

/** What an order writes at most, in bytes. A full disk is found before the CA is asked. */
const neededBytes = 1_000_000;

export async function run(program: Program): Promise<void> {
  const options = { all: { type: 'boolean' }, check: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(program.argv, options, help);
  if (values.help) return printHelp(help);
  const work = workOf(values, positionals);
  const { log, signal, env } = program;
  const { operator, ...rest } = readAcmeSettings(env);
  if (operator === undefined) {
    const reason =
      'Automatic certificates are off: FREEHOLD_OPERATOR is not set in host.env, or FREEHOLD_ACME is off.';
    // Nothing was rehearsed.
    if (values.check) throw new FreeholdError(reason, { code: 'usage' });
    return log.notice(reason);
  }
  const settings = { ...rest, operator };
  const layout = layoutOf(settings);
  await mkdir(layout.home, { recursive: true, mode: 0o700 });
  await withLock(layout.lock, { signal, log, what: 'Another run of acme' }, async () => {
    const { cluster: member } = settings;
    if (member === undefined) return runAlone({ settings, layout, log, signal }, work);
    await assertDiskReserve({ path: layout.home, needed: neededBytes, reserve: 0 });
    const reports = await openReports(layout.reported, log);
    try {
      await runInCluster({ settings, member, layout, reports, log, signal }, work);
      await reports.settle('cluster');
    } catch (error) {
      // The timer starts this again in minutes.
      if (!values.all || signal.aborted || !(error instanceof FreeholdError) || error.code === 'usage')
        throw error;
      await reports.warn('cluster', error.message);
    }
  });
}

async function runAlone(
  of: Pick<Context, 'settings' | 'layout' | 'log' | 'signal'>,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const { settings, layout, log } = of;
  const account = await ensureAccountKey(layout.account);
  const { thumbprint } = account;
  await publishThumbprint({ map: layout.thumbprintMap, sockets: settings.haproxySockets, thumbprint, log });
  await assertDiskReserve({ path: layout.home, needed: neededBytes, reserve: 0 });
  await work(await createContext({ ...of, store: createDiskStore(layout), account }));
}

function workOf(
  { all, check }: { all?: boolean; check?: boolean },
  [name, ...more]: readonly string[],
): (context: Context) => Promise<void> {
  if (more.length > 0) throw usageError(`Unexpected argument ${JSON.stringify(more[0])}`, help);
  if (all) {
    if (name !== undefined || check)
      throw usageError('--all cannot be combined with DOMAIN or --check', help);
    return serveAll;
  }
  if (name === undefined) throw usageError('Missing argument: DOMAIN', help);
  const domain = parseCanonicalDomain(name);
  return (context) => (check ? rehearse(context, domain) : serveOne(context, domain));
}
