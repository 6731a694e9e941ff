import type { Entry } from '@freehold/core/etcd';
import { etcdOf } from '@freehold/core/etcd-address';
import type { Host } from './host.ts';
import { type Outcome, runProgram } from './run-program.ts';

/** All entries below a prefix, in one request. */
export async function listEntries(settings: Host['settings'], prefix: string): Promise<Entry[]> {
  // Loading the client takes longer than the request: only who asks pays for it.
  const { connectEtcd } = await import('@freehold/core/etcd');
  const etcd = connectEtcd(etcdOf(settings));
  try {
    return (await etcd.list(prefix)).entries;
  } finally {
    etcd.close();
  }
}

/** etcdctl as this host, for what the client library has not: members and their state. */
export async function runEtcdctl(
  settings: Host['settings'],
  args: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const { endpoints, tls } = etcdOf(settings);
  const keys = tls ? ['--cacert', tls.ca, '--cert', tls.certificate, '--key', tls.key] : [];
  return runProgram('etcdctl', ['--endpoints', endpoints.join(','), ...keys, ...args], {
    signal,
    env: { ...process.env, ETCDCTL_API: '3' },
  });
}
