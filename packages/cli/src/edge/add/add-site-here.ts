// Adds a site to this host: looks, checks, plans, and lets the protocol (../../add/run-add.ts) run.
import { existsSync } from 'node:fs';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { type AddRequest, checkAdd } from '../../add/checks.ts';
import { type AddOperation, type AddPlan, chooseMeans } from '../../add/plan.ts';
import { predictAdd, runAdd } from '../../add/run-add.ts';
import { expectSent, importPath } from '../../add/source.ts';
import type { Call } from '../../command.ts';
import { createReport } from '../deploy/clock.ts';
import { type Host, readHost } from '../host.ts';
import { type Adding, hiddenPath, holdDomain } from './adding.ts';
import { type BringOperation, bringActs } from './bring-acts.ts';
import { importFolder, lookAtHost } from './look.ts';
import { lookAtSource } from './look-at-source.ts';
import { readAddress } from './read-address.ts';
import { areOnOneDisk } from './source-state.ts';
import { certificateOf, hasStarted, startActs } from './start-acts.ts';

/** @throws FreeholdError if the site cannot be added, or is not served in the end. */
export async function addSiteHere(call: Call): Promise<void> {
  const domain = parseCanonicalDomain(call.args[0] ?? '');
  const { path, take } = sourceOf(call);
  const address = await readAddress(call);
  const host = await readHost(call);
  if (call.options.dryRun) return predict(await prepare(call, { domain, path, take, address, host }));
  const lock = await holdDomain(domain, call.signal);
  try {
    const { plan, adding } = await prepare(call, { domain, path, take, address, host });
    await runAdd(plan, adding.names, {
      perform: (operation) => actOf(operation)(adding),
      hasStarted: () => hasStarted(adding),
      isPlaced: () => adding.done.isPlaced && existsSync(adding.names.placed),
      interruptedCopy: () => (call.signal.aborted && existsSync(adding.copy) ? adding.copy : undefined),
      release: () => lock.release(),
      report: adding.report,
    });
    const scheme = existsSync(certificateOf(domain)) ? 'https' : 'http';
    adding.report(
      `Served: ${scheme}://${domain}/ (tested from this host itself, not through DNS or a firewall)`,
    );
  } finally {
    await lock.release();
  }
}

function actOf(operation: AddOperation): (adding: Adding) => Promise<void> {
  return operation in bringActs
    ? bringActs[operation as BringOperation]
    : startActs[operation as Exclude<AddOperation, BringOperation>];
}

/** @throws FreeholdError `usage` */
export function sourceOf({ options }: Call): { readonly path: string | undefined; readonly take: boolean } {
  const wrong = (reason: string) => new FreeholdError(reason, { code: 'usage' });
  for (const name of ['app', 'from', 'take', 'git', 'gitFile']) {
    if (options[name] !== '') continue;
    const option = name === 'gitFile' ? 'git-file' : name;
    throw wrong(`Option '--${option}' requires a value. See 'freehold site add --help'.`);
  }
  const { from, take } = options;
  if (from !== undefined && take !== undefined) throw wrong('--from and --take cannot be used together.');
  const path = take ?? from;
  return { path: typeof path === 'string' ? path : undefined, take: take !== undefined };
}

interface Given {
  readonly domain: Domain;
  readonly path: string | undefined;
  readonly take: boolean;
  readonly address: string | undefined;
  readonly host: Host;
}

interface Prepared {
  readonly plan: AddPlan;
  readonly adding: Adding;
}

/** Looks at the host and the source, and changes nothing. */
async function prepare(call: Call, { domain, path, take, address, host }: Given): Promise<Prepared> {
  const { options, env, signal } = call;
  const app = String(options.app ?? (address === undefined ? 'static' : 'static-git'));
  const seen = await lookAtHost(host, { domain, app, signal });
  const expected = options.dryRun && path !== undefined ? expectSent(path, domain) : undefined;
  const { pagesFolder } = seen;
  const source =
    path === undefined ? undefined : (expected ?? (await lookAtSource(path, { domain, pagesFolder })));
  const request: AddRequest = { domain, app, source, take, address };
  const { importable, warnings } = checkAdd(request, seen);
  const report = createReport(env);
  for (const warning of warnings) report(warning, 'failure');
  const isOnDisk =
    take &&
    importable !== undefined &&
    (expected !== undefined || (await isOnImportDisk(importable.at, signal)));
  const hasAddress = address !== undefined;
  const means = chooseMeans({ hasSource: importable !== undefined, hasAddress, take }, isOnDisk);
  const top = importable?.kind === 'archive' ? importPath(domain, importable) : `${importFolder}/${domain}`;
  const target = importable ? importPath(domain, importable) : top;
  const isRunning = seen.unit === 'active' && seen.isEnabled;
  const isSent = path !== undefined && expectSent(path, domain) !== undefined;
  const file = seen.addressFile;
  return {
    plan: { means, take, isSent, isRunning },
    adding: {
      ...{ domain, app, host, call, importable, top, target, report },
      address: address === undefined || file === undefined ? undefined : { text: address, file },
      names: {
        unit: `${app}@${domain}.service`,
        needed: seen.needed,
        placed: means === 'rename' ? target : top,
        source: importable?.at,
      },
      copy: hiddenPath(domain, process.pid),
      done: { isPlaced: false, sourceState: '' },
    },
  };
}

function isOnImportDisk(path: string, signal: AbortSignal): Promise<boolean> {
  return areOnOneDisk([path, existsSync(importFolder) ? importFolder : '/data'], signal);
}

function predict({ plan, adding: { names } }: Prepared): void {
  const sentences = [...predictAdd(plan, names), 'Nothing was changed.'];
  process.stdout.write(`${sentences.join('\n')}\n`);
}
