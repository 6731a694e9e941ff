import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { sleep } from '@freehold/core/backoff';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import { withLock } from '@freehold/core/lock';
import { readInput } from '@freehold/core/read-input';
import type { Program } from '@freehold/core/run-main';
import { allApps } from './all-apps.ts';
import { publishCertificate } from './certificate.ts';
import { identityOf } from './file-identity.ts';
import { exists } from './folder-state.ts';
import { help } from './help.ts';
import { type Layout, readLayout } from './layout.ts';
import { rulesOf } from './ownership.ts';
import { makeBases, prepare } from './prepare.ts';
import { chooseApp, findRequiredApps } from './site-apps.ts';
import type { Work } from './work.ts';

const options = {
  app: { type: 'string', multiple: true },
  'required-by': { type: 'string' },
  certificate: { type: 'boolean' },
} as const;

/** The time without changes after which a certificate counts as completely written, in milliseconds. */
const quietMs = 1000;

export async function run(program: Program, input: Readable = process.stdin): Promise<void> {
  const { argv, env, signal, log } = program;
  const { values, positionals } = parseArguments(argv, options, help);
  if (values.help) return printHelp(help);
  const [name, ...rest] = positionals;
  if (name === undefined) throw usageError('Missing argument: DOMAIN', help);
  if (rest.length > 0) throw usageError(`Unexpected argument ${JSON.stringify(rest[0])}`, help);
  checkOptions(values);
  const domain = parseCanonicalDomain(name);
  const layout = readLayout(env, domain, rulesOf(allApps));
  const work = { signal, log, terminal: process.stderr.isTTY ? process.stderr : undefined };
  if (values.certificate) return publishOnlyCertificate(layout, work);
  const units = await readUnits(values['required-by'], input, signal);
  const app = chooseApp([...(values.app ?? []), ...findRequiredApps(units, domain)], domain);
  await whileLocked(layout, work, () => prepare(layout, app, work));
}

/** The names of units, from a file or, for `-`, from standard input. */
async function readUnits(source: string | undefined, input: Readable, signal: AbortSignal): Promise<string> {
  if (source === undefined) return '';
  const limits = { maxBytes: 65_536, signal };
  if (source === '-') return readInput(input, { ...limits, what: 'systemctl' });
  try {
    return await readInput(createReadStream(source), { ...limits, what: source });
  } catch (error) {
    throw new FreeholdError(`Cannot read the names of units from ${source}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function checkOptions(values: { app?: string[]; 'required-by'?: string; certificate?: boolean }): void {
  const { app, 'required-by': source, certificate } = values;
  const isApp = app !== undefined || source !== undefined;
  if (certificate && isApp)
    throw usageError('--certificate cannot be combined with --app or --required-by', help);
  if (!certificate && !isApp) throw usageError('Missing option: --app, --required-by or --certificate', help);
}

/** Only the domain's certificate: this runs whenever that file changes, even without a site. */
async function publishOnlyCertificate(layout: Layout, work: Work): Promise<void> {
  const { domain, home, approvedCertificate } = layout;
  if (!(await exists(home)) && !(await exists(approvedCertificate))) {
    return work.log.info(`${domain} has no data here, so it has no certificate.`);
  }
  await whileLocked(layout, work, () => publishUntilQuiet(layout, work));
}

/**
 * systemd misses changes during this run (systemd.path(5)), so this waits for a tool that writes the chain,
 * and a moment later the key after it.
 */
async function publishUntilQuiet(layout: Layout, { log, signal }: Work): Promise<void> {
  const file = join(layout.home, 'TLS', `${layout.domain}.pem`);
  for (let [seen, now] = ['', await identityOf(file)]; now !== seen; now = await identityOf(file)) {
    seen = now;
    await publishCertificate(layout, log);
    await sleep(quietMs, signal);
    signal.throwIfAborted();
  }
}

async function whileLocked(layout: Layout, { signal, log }: Work, work: () => Promise<void>): Promise<void> {
  await explained('Cannot create the folders that all domains share', () => makeBases(layout));
  await withLock(layout.lock, { signal, log, what: `Another import of ${layout.domain}` }, work);
}
