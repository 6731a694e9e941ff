// One screen about a host.
import { columns } from '@freehold/core/print-lines';
import type { Row, Value } from '../command.ts';
import type { Properties } from '../edge/systemd.ts';
import { textOf } from '../table.ts';
import { faultOf, isChanging, type Site } from './sites.ts';

/** The units that a host runs beside its sites. */
export const programUnits = [
  'haproxy',
  'haproxy-confd',
  'etcd',
  'docker',
  'postfix',
  'postfix-config',
] as const;

export interface StatusInput {
  readonly host: string;
  readonly version: string | undefined;
  readonly sites: readonly Site[];
  readonly units: ReadonlyMap<string, Properties>;
  /** Running containers of the programs, by name. */
  readonly containers: readonly { readonly name: string; readonly state: string }[];
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
  /** The last dump of each database, by domain; undefined where there is none yet. */
  readonly dumps: ReadonlyMap<string, Date | undefined>;
  readonly now: Date;
}

/** Certificates that expire within so many days are listed. */
const soonDays = 21;
const day = 86_400_000;

export function statusOf(input: StatusInput): Row {
  const { sites, now } = input;
  const serving = sites.filter((site) => site.unit === 'active' && faultOf(site) === undefined);
  const unhealthy = sites.flatMap((site) => {
    const problem = isChanging(site.unit, site.subState) ? undefined : faultOf(site);
    return problem ? [{ domain: site.domain, app: site.app, problem }] : [];
  });
  const dated = sites.flatMap(({ domain, certificateExpires }) =>
    certificateExpires ? [{ domain, daysLeft: daysBetween(now, new Date(certificateExpires)) }] : [],
  );
  return {
    host: input.host,
    version: input.version ?? null,
    programs: programsOf(input),
    sites: sites.length,
    serving: serving.length,
    unhealthy,
    changing: changingOf(input),
    certificates: dated.length,
    expiring: dated.filter(({ daysLeft }) => daysLeft < soonDays),
    dumps: [...input.dumps].map(([domain, at]) => ({ domain, last: at?.toISOString() ?? null })),
    freeBytes: input.disk.freeBytes,
    totalBytes: input.disk.totalBytes,
  };
}

/** Units that are starting or stopping right now: they are down, but not wrong. */
function changingOf({ sites, units }: StatusInput): { unit: string; state: string }[] {
  const programs = programUnits.map((unit) => {
    const properties = units.get(`${unit}.service`);
    return { unit, state: properties?.get('ActiveState') ?? '', sub: properties?.get('SubState') ?? '' };
  });
  const all = [
    ...programs,
    ...sites.map(({ app, domain, unit, subState }) => ({
      unit: `${app}@${domain}`,
      state: unit,
      sub: subState,
    })),
  ];
  return all.filter(({ state, sub }) => isChanging(state, sub)).map(({ unit, state }) => ({ unit, state }));
}

/** A program with a container is well only if that runs. Units that this host does not have are omitted,
 * and those of mail after setup.sh --edge-only. */
function programsOf({ units, containers }: StatusInput): Value[] {
  const postfix = units.get('postfix.service');
  const hasMail = postfix?.get('UnitFileState') === 'enabled' || postfix?.get('ActiveState') === 'active';
  return programUnits.flatMap((name) => {
    const properties = units.get(`${name}.service`);
    if (!properties || properties.get('LoadState') === 'not-found') return [];
    if (name.startsWith('postfix') && !hasMail) return [];
    const state = properties.get('ActiveState') ?? 'unknown';
    const container = containers.find((one) => one.name === name)?.state ?? null;
    const isWell = state === 'active' && (name === 'etcd' || name === 'docker' || container === 'running');
    return [{ name, unit: state, container, isWell }];
  });
}

function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / day);
}

interface Status {
  readonly host: string;
  readonly version: string | null;
  readonly programs: { name: string; unit: string; container: string | null; isWell: boolean }[];
  readonly sites: number;
  readonly serving: number;
  readonly unhealthy: { domain: string; app: string; problem: string }[];
  readonly changing: { unit: string; state: string }[];
  readonly certificates: number;
  readonly expiring: { domain: string; daysLeft: number }[];
  readonly dumps: { domain: string; last: string | null }[];
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The lines for a person. */
export function printStatus(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const status = row as unknown as Status;
    const { unhealthy, changing, expiring, dumps } = status;
    return [
      ...columns([
        ['Host', `${textOf(status.host)}${status.version ? `, version ${textOf(status.version)}` : ''}`],
        ['Programs', programLine(status)],
        ['Sites', `${status.sites}, ${status.serving} served, ${unhealthy.length} unhealthy`],
        ['Certificates', `${status.certificates}, ${expiring.length} expire within ${soonDays} days`],
        ['Dumps', dumpLine(dumps)],
        ['Disk', `${gigabytes(status.freeBytes)} GB of ${gigabytes(status.totalBytes)} GB free in /data`],
      ]),
      ...section(
        'Unhealthy sites',
        unhealthy.map(({ domain, app, problem }) => [`${app}@${domain}`, problem]),
      ),
      ...section(
        'Starting or stopping',
        changing.map(({ unit, state }) => [unit, state]),
      ),
      ...section(
        'Certificates',
        expiring.map(({ domain, daysLeft }) => [domain, expiryText(daysLeft)]),
      ),
    ];
  });
}

function programLine(status: Status): string {
  const { programs } = status;
  const running = programs.filter(({ isWell }) => isWell).map(({ name }) => name);
  const bad = downOf(status);
  if (bad.length === 0) {
    return `${running.join(', ')}: ${running.length === programs.length ? 'all running' : 'running; the others are below'}`;
  }
  return bad
    .map(
      ({ name, unit, container }) =>
        `${name} is not running (unit ${unit}, container ${container ?? 'missing'})`,
    )
    .join('; ');
}

/** The programs that do not run, except those that are starting or stopping. */
function downOf({ programs, changing }: Status): Status['programs'] {
  return programs.filter(({ name, isWell }) => !isWell && !changing.some(({ unit }) => unit === name));
}

function dumpLine(dumps: Status['dumps']): string {
  if (dumps.length === 0) return 'no databases';
  const [oldest] = dumps.map(({ last }) => last ?? 'never').sort();
  const never = dumps.filter(({ last }) => last === null).length;
  if (never > 0) return `${dumps.length} databases, ${never} never dumped`;
  return `${dumps.length} databases, the oldest dump of ${oldest}`;
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return ['', `${title}:`, ...columns(rows.map((cells) => cells.map(textOf))).map((line) => `  ${line}`)];
}

function expiryText(days: number): string {
  if (days < 0) return 'has expired';
  return days === 0 ? 'expires within a day' : `expires in ${days} days`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** Why the exit code is 1. */
export function statusFault(rows: readonly Row[]): string | undefined {
  const [row] = rows as unknown as Status[];
  if (!row) return undefined;
  const down = downOf(row).map(({ name }) => name);
  const parts = [
    ...(down.length > 0 ? [`${down.join(', ')} down`] : []),
    ...(row.unhealthy.length > 0 ? [`${row.unhealthy.length} unhealthy sites`] : []),
  ];
  return parts.length > 0 ? `${row.host} has problems: ${parts.join(', ')}.` : undefined;
}
