import { type EtcdAddress, etcdOf } from '@freehold/core/etcd-address';
import { hostSettings } from '@freehold/core/host';
import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';

/** What both commands need to know of this host. */
export interface Host {
  readonly name: string;
  readonly boot: string;
  readonly etcd: EtcdAddress;
  readonly probeSeconds: number;
  readonly drainSeconds: number;
  /** The folder of HAProxy's sockets on this host. */
  readonly haproxySockets: string;
}

export function readHost(env: Environment): Host {
  const settings = readSettings(
    {
      ...hostSettings,
      FREEHOLD_PROBE_SECONDS: wholeNumber({ min: 1, max: 3600, preset: 60 }),
      // discovery@ has a minute to stop: 15 s of it are etcd's, and Docker wants some too.
      FREEHOLD_DRAIN_SECONDS: wholeNumber({ min: 0, max: 40, preset: 2 }),
      FREEHOLD_HAPROXY_SOCKETS: absolutePath('/run/haproxy'),
    },
    env,
  );
  return {
    name: settings.FREEHOLD_HOST,
    boot: settings.FREEHOLD_BOOT_ID,
    etcd: etcdOf(settings),
    probeSeconds: settings.FREEHOLD_PROBE_SECONDS,
    drainSeconds: settings.FREEHOLD_DRAIN_SECONDS,
    haproxySockets: settings.FREEHOLD_HAPROXY_SOCKETS,
  };
}
