import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import type { Call } from '../command.ts';
import type { Snapshot } from '../host/sites.ts';
import { listEntries } from './etcd.ts';
import { parseChecks, readState } from './haproxy.ts';
import type { Host } from './host.ts';
import { enabledUnits, showUnits } from './systemd.ts';

const approved = '/data/runtime/haproxy/approved-certs';

/** Everything about this host's sites: one call of systemctl, one of etcd and one of HAProxy. Further units are asked too. */
export async function readSnapshot(
  { settings, apps }: Host,
  { log, signal }: Call,
  further: readonly string[] = [],
): Promise<Snapshot> {
  const names = [...apps.keys()];
  const enabled = (await enabledUnits()).filter((unit) => names.some((app) => unit.startsWith(`${app}@`)));
  const units = showUnits(
    [...names.map((app) => `${app}@*.service`), ...enabled, ...further],
    ['LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'ActiveEnterTimestamp'],
    signal,
  );
  const state = readState();
  const expiry = readExpiry();
  const services = listEntries(settings, '/services/', signal).catch((error: unknown) => {
    log.warning(`${reasonOf(error)}. Addresses of backends and stopped sites are missing from the list.`);
    return undefined;
  });
  return {
    host: settings.FREEHOLD_HOST,
    boot: settings.FREEHOLD_BOOT_ID,
    apps: names,
    units: await units,
    enabled,
    services: await services,
    checks: parseChecks((await state) ?? '', settings.FREEHOLD_HOST),
    expiry: await expiry,
  };
}

/** When the certificates that visitors are shown expire, by domain. One that cannot be read is skipped. */
async function readExpiry(): Promise<Map<string, Date>> {
  const names = (await readdir(approved).catch(() => [])).filter((name) => name.endsWith('.pem'));
  const dates = names.map(async (name) => {
    const { validToDate } = new X509Certificate(await readFile(join(approved, name)));
    return [name.slice(0, -'.pem'.length), validToDate] as const;
  });
  const settled = await Promise.allSettled(dates);
  return new Map(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}
