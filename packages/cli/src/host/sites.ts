// The sites of a host, joined from what systemd, etcd, HAProxy and the certificates say about them.
import { sameBoot } from '@freehold/core/boot-id';
import { parseServiceKey, parseServiceRecord } from '@freehold/core/service-record';
import type { Properties } from '../edge/systemd.ts';

export interface Site {
  readonly domain: string;
  readonly app: string;
  /** systemd's ActiveState, as in 'active' or 'failed'. */
  readonly unit: string;
  /** systemd's SubState, as in 'running' or 'auto-restart'. */
  readonly subState: string;
  /** Whether it starts with the host. */
  readonly enabled: boolean;
  /** ADDRESS:PORT in etcd; nothing while it is not announced. */
  readonly backend: string | null;
  /** null: etcd does not answer, so nobody knows. */
  readonly isAnnounced: boolean | null;
  /** HAProxy's check, as in 'UP:L7OK/200'. */
  readonly check: string | null;
  /** When its own certificate expires (ISO 8601, with the time). */
  readonly certificateExpires: string | null;
}

/** What is known, read by edge modules. */
export interface Snapshot {
  readonly host: string;
  readonly boot: string;
  readonly apps: readonly string[];
  readonly units: ReadonlyMap<string, Properties>;
  readonly enabled: readonly string[];
  /** The entries below /services/; undefined where etcd does not answer. */
  readonly services: readonly { readonly key: string; readonly value: string }[] | undefined;
  readonly checks: ReadonlyMap<string, string>;
  readonly expiry: ReadonlyMap<string, Date>;
}

/** A site is known by its unit that runs, failed or is enabled, or by its record in etcd; in the order of the domains. */
export function joinSites(snapshot: Snapshot): Site[] {
  const backends = backendsOf(snapshot);
  const names = new Set([...backends.keys(), ...knownToSystemd(snapshot)]);
  const sites = [...names].map((name): Site => {
    const [app = '', domain = ''] = split(name);
    return {
      domain,
      app,
      unit: snapshot.units.get(`${name}.service`)?.get('ActiveState') ?? 'inactive',
      subState: snapshot.units.get(`${name}.service`)?.get('SubState') ?? 'dead',
      enabled: snapshot.enabled.includes(`${name}.service`),
      backend: backends.get(name) ?? null,
      isAnnounced: snapshot.services ? Boolean(backends.get(name)) : null,
      check: snapshot.checks.get(domain) ?? null,
      certificateExpires: snapshot.expiry.get(domain)?.toISOString() ?? null,
    };
  });
  return sites.sort((one, other) => compare(one.domain, other.domain) || compare(one.app, other.app));
}

function knownToSystemd({ units, enabled, apps }: Snapshot): string[] {
  const active = [...units].flatMap(([id, properties]) =>
    properties.get('LoadState') !== 'not-found' && properties.get('ActiveState') !== 'inactive' ? [id] : [],
  );
  return [...active, ...enabled]
    .filter((unit) => unit.endsWith('.service') && apps.includes(split(unit)[0]) && unit.includes('@'))
    .map((unit) => unit.slice(0, -'.service'.length));
}

/** APP@DOMAIN with its address. Invalid records are skipped: haproxy-confd logs them. */
function backendsOf({ host, boot, services }: Snapshot): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const { key, value } of services ?? []) {
    try {
      const { app, domain, host: where } = parseServiceKey(key);
      if (where !== host) continue;
      const record = parseServiceRecord(value);
      const { address } = record;
      const counts = address && sameBoot(record.boot, boot);
      found.set(`${app}@${domain}`, counts ? `${address.ip}:${address.port}` : null);
    } catch {
      // Skipped.
    }
  }
  return found;
}

/**
 * Whether a unit with these states is between two others, as in a restart that somebody wanted. A unit that failed and that
 * systemd will start again is 'activating' too, and is not meant.
 */
export function isChanging(activeState: string, subState: string): boolean {
  return ['activating', 'deactivating'].includes(activeState) && !waitsAfterFailure(subState);
}

/** 'auto-restart', and 'auto-restart-queued' from systemd 254 on. */
function waitsAfterFailure(subState: string): boolean {
  return subState.startsWith('auto-restart');
}

/** Why visitors do not get a site that is to be there; nothing for one that is served, or stopped and not enabled. */
export function faultOf({ unit, subState, enabled, isAnnounced, check }: Site): string | undefined {
  if (unit === 'failed') return 'its unit has failed';
  if (waitsAfterFailure(subState)) return 'its unit has failed and waits for its next retry';
  if (unit === 'activating') return 'its unit is starting';
  if (unit === 'inactive' || unit === 'deactivating') return enabled ? `its unit is ${unit}` : undefined;
  if (isAnnounced === false) return 'it is not announced in etcd';
  if (check === null) return 'HAProxy does not know it';
  return check.startsWith('UP') || check.startsWith('no:check') ? undefined : `HAProxy's check says ${check}`;
}

/** 'static@example.com' as an app and a domain. */
function split(name: string): [string, string] {
  const at = name.indexOf('@');
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
