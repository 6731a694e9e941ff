import { existsSync } from 'node:fs';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { FreeholdError } from '@freehold/core/error';
import { connectEtcd } from '@freehold/core/etcd';
import { type EtcdAddress, etcdOf } from '@freehold/core/etcd-address';
import { hostsPrefix } from '@freehold/core/host-record';
import { printDifference } from '@freehold/core/print-difference';
import type { Program } from '@freehold/core/run-main';
import { servicesPrefix } from '@freehold/core/service-record';
import type { Layout } from './desired.ts';
import { createDirty } from './dirty.ts';
import { follow } from './follow.ts';
import { haproxyAt } from './haproxy-socket.ts';
import { help } from './help.ts';
import { ownAddress } from './keep-host-alive.ts';
import { createLook, type Snapshot } from './look.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createReconciler } from './reconcile.ts';
import { renderFiles } from './render.ts';
import { type ConfdSettings, readConfdSettings } from './settings.ts';

export async function run({ argv, env, log, signal }: Program): Promise<void> {
  const options = { once: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(argv, options, help);
  if (values.help) return printHelp(help);
  if (positionals.length > 0) throw usageError(`Unexpected argument ${JSON.stringify(positionals[0])}`, help);
  const settings = readConfdSettings(env);
  const look = createLook(settings, log);
  const lookOnce = async () => (await look(await snapshotOf(etcdOf(settings)), createDirty().take())).desired;
  const layout = layoutOf(settings);
  if (values['dry-run']) {
    return printDifference(renderFiles(await lookOnce(), layout));
  }
  const haproxy = haproxyAt(settings.FREEHOLD_HAPROXY_SOCKETS, signal);
  const reconciler = createReconciler({
    ...{ layout, haproxy, log, signal, unattended: values.once ?? false },
    reloadIntervalMs: settings.FREEHOLD_RELOAD_INTERVAL_MS,
  });
  if (!values.once) return follow({ settings, look, reconciler, log, signal });
  const desired = await lookOnce();
  const outcome = await oneAtATime({ settings, log, signal }, () => reconciler.reconcile(desired));
  await reconciler.settled();
  if (outcome === 'refused')
    throw new FreeholdError('HAProxy refused the configuration; the last valid one stays in use.');
  const served =
    outcome === 'waiting' ? 'HAProxy is not running and loads it when it starts' : 'HAProxy has loaded it';
  log.info(`Wrote the configuration; ${served}.`, { sites: desired.sites.size });
}

function layoutOf(settings: ConfdSettings): Layout {
  return {
    folder: settings.FREEHOLD_HAPROXY_DIR,
    sockets: settings.FREEHOLD_HAPROXY_SOCKETS,
    pages: settings.FREEHOLD_PAGES_DIR,
    httpPort: settings.FREEHOLD_HTTP_PORT,
    httpsPort: settings.FREEHOLD_HTTPS_PORT,
    ipv6: existsSync('/proc/net/if_inet6'),
    hop: hopOf(settings),
  };
}

function hopOf({ FREEHOLD_HOP_PORT: port, FREEHOLD_HOST_IP: ip }: ConfdSettings): Layout['hop'] {
  return port === undefined ? undefined : { ip: ip ?? ownAddress(), port };
}

async function snapshotOf(address: EtcdAddress): Promise<Snapshot> {
  const etcd = connectEtcd(address);
  try {
    const services = (await etcd.list(servicesPrefix)).entries;
    const hosts = (await etcd.list(hostsPrefix)).entries;
    return {
      services: new Map(services.map(({ key, value }) => [key, value])),
      created: new Map(services.map(({ key, created }) => [key, created])),
      hosts: new Map(hosts.map(({ key, value }) => [key, value])),
      complete: true,
    };
  } finally {
    etcd.close();
  }
}
