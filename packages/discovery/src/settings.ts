import { type EtcdAddress, etcdOf } from '@freehold/core/etcd-address';
import { hostSettings } from '@freehold/core/host';
import { absolutePath, type Environment, readSettings, wholeNumber } from '@freehold/core/settings';

/** The facts about this host that both commands need. */
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
      // discovery@ has one minute to stop: etcd gets 15 s of it, and Docker needs some too.
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
