import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { Call } from '../command.ts';
import { readHost } from '../edge/host.ts';
import { findSite } from '../edge/site-units.ts';
import { reloadUnits } from '../edge/systemd.ts';
import { dropInOf, type Planned, planDropIn } from '../host/drop-in.ts';
import { type Change, parseChanges } from '../host/limit-values.ts';
import { limitsOf } from '../host/limits.ts';

/** Sets limits of one site: writes the drop-ins that differ, and tells what has to be restarted. */
export async function setLimits(call: Call): Promise<void> {
  const { args, options, signal } = call;
  const [name = '', ...words] = args;
  const domain = parseCanonicalDomain(name);
  const host = await readHost(call);
  const site = await findSite(host, domain, call);
  const changes = parseChanges(words, limitsOf(site.sources));
  const planned = await plan(changes);
  for (const { limit, value } of changes) {
    print(`${limit.name} of ${limit.unit}: ${limit.value} (${limit.origin}) -> ${value ?? 'the default'}`);
  }
  if (planned.length === 0) return print(`${domain}: nothing to change.`);
  for (const { path, text } of planned)
    print(`${options.dryRun ? 'Would ' : ''}${text === undefined ? 'remove' : 'write'} ${path}`);
  if (options.dryRun) return print(`Nothing was changed. ${domain} would have to be restarted.`);
  for (const one of planned) await apply(one);
  await reloadUnits(signal);
  for (const limit of limitsOf((await findSite(host, domain, call)).sources)) {
    if (changes.some((change) => change.limit.name === limit.name)) {
      print(`${limit.name} is ${limit.value} from the next start on (${limit.origin}).`);
    }
  }
  print(
    `To apply it now, restart the site, which takes it offline for some seconds: systemctl restart ${site.unit}`,
  );
}

/** The drop-ins that differ from what they are to be. */
async function plan(changes: readonly Change[]): Promise<Planned[]> {
  const units = [...new Set(changes.map(({ limit }) => limit.unit))];
  const planned = units.map(async (unit) => {
    const before = await readText(dropInOf(unit));
    const own = changes.filter(({ limit }) => limit.unit === unit);
    const after = planDropIn(unit, before, own);
    return after.text === before ? [] : [after];
  });
  return (await Promise.all(planned)).flat();
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function apply({ path, text }: Planned): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (text !== undefined) {
    await mkdir(folder, { recursive: true });
    await writeAtomic(path, text);
    return;
  }
  await rm(path, { force: true });
  // Files of the operator stay.
  await rmdir(folder).catch(() => undefined);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
