import { parseCanonicalDomain } from '@freehold/core/domain';
import type { Call, Row } from '../command.ts';
import { readLimits } from '../edge/docker.ts';
import { readHost } from '../edge/host.ts';
import { followJournal, readJournal } from '../edge/journal.ts';
import { readSnapshot } from '../edge/read-snapshot.ts';
import { countPorts, readAutomaticStatuses } from '../edge/site-notes.ts';
import { findSite } from '../edge/site-units.ts';
import { parseTime } from '../edge/systemd.ts';
import { bytesOf, formatBytes } from '../host/limit-values.ts';
import { type Limit, limitsOf, templateOf } from '../host/limits.ts';
import { fewPortsLeft, unusualCertificates } from '../host/site-notes.ts';
import { faultOf, joinSites, type Site } from '../host/sites.ts';

/** What a person should know beside the list is logged. */
export async function listSites(call: Call): Promise<Row[]> {
  const host = await readHost(call);
  const sites = joinSites(await readSnapshot(host, call));
  const notes = [
    ...unusualCertificates(await readAutomaticStatuses(), new Date()),
    fewPortsLeft(await countPorts()) ?? [],
  ];
  for (const note of notes.flat()) call.log.notice(note);
  return sites.map((site) => ({ ...site, certificateEnds: endOf(site) }));
}

/** The day, as YYYY-MM-DD. */
function endOf({ certificateExpires }: Site): string | null {
  return certificateExpires?.slice(0, 10) ?? null;
}

export async function showSite(call: Call): Promise<Row[]> {
  const domain = parseCanonicalDomain(call.args[0] ?? '');
  const host = await readHost(call);
  const [site, snapshot] = await Promise.all([findSite(host, domain, call), readSnapshot(host, call)]);
  const found = joinSites(snapshot).find((one) => one.domain === domain && one.app === site.app);
  const started = parseTime(snapshot.units.get(site.unit)?.get('ActiveEnterTimestamp'));
  const limits = await Promise.all(limitsOf(site.sources).map((limit) => describe(limit, domain, call)));
  return [
    {
      domain,
      app: site.app,
      unit: found?.unit ?? 'inactive',
      started: found?.unit === 'active' ? started : null,
      enabled: found?.enabled ?? false,
      backend: found?.backend ?? null,
      check: found?.check ?? null,
      certificateEnds: found ? endOf(found) : null,
      problem: (found && faultOf(found)) ?? null,
      data: `/data/domains/${domain}`,
      limits,
    },
  ];
}

async function describe(limit: Limit, domain: string, { signal }: Call): Promise<Row> {
  const running = await readLimits(`${templateOf(limit.unit)}_${domain}`, signal).catch(() => undefined);
  const { name, unit, value, origin, preset, overridden } = limit;
  const applied = runningValue(name, value, running);
  return { name, unit, value, origin, preset, running: applied, overridden: overridden ?? null };
}

/** In the spelling of the setting where it is the same; nothing for what Docker does not know. */
function runningValue(
  name: string,
  value: string,
  running: { memory: number; pids: number } | undefined,
): string | null {
  if (!running) return null;
  if (name.endsWith('memory')) return running.memory === bytesOf(value) ? value : formatBytes(running.memory);
  return name.endsWith('pids') ? String(running.pids) : null;
}

export async function readLogs(call: Call): Promise<Row[]> {
  const domain = parseCanonicalDomain(call.args[0] ?? '');
  await readHost(call);
  return readJournal(`*@${domain}.service`, call);
}

export async function followLogs(call: Call): Promise<void> {
  const domain = parseCanonicalDomain(call.args[0] ?? '');
  await readHost(call);
  await followJournal(`*@${domain}.service`, call);
}
