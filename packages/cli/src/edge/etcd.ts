// etcd, by etcdctl: it begins in a tenth of the time that loading the client library takes, and also knows what that has
// not: members and their state.
import { FreeholdError } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import type { Host } from './host.ts';
import { type Outcome, runProgram } from './run-program.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
}

/**
 * All entries below a prefix, in one request.
 *
 * @param options further ones of `etcdctl get`.
 * @throws FreeholdError if etcd does not answer within 5 s.
 */
export async function listEntries(
  settings: Host['settings'],
  prefix: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<Entry[]> {
  const args = ['get', '--prefix', prefix, '--write-out=json', ...options];
  const { code, stdout, stderr } = await runEtcdctl(settings, args, signal);
  if (code === 0) return parseEntries(stdout);
  const where = settings.FREEHOLD_ETCD.join(', ');
  throw new FreeholdError(`etcd at ${where} could not list ${prefix}: ${lastLine(stderr)}`);
}

/**
 * The keys below a prefix, in one request.
 *
 * @throws FreeholdError if etcd does not answer within 5 s.
 */
export async function listKeys(
  settings: Host['settings'],
  prefix: string,
  signal: AbortSignal,
): Promise<string[]> {
  const entries = await listEntries(settings, prefix, signal, ['--keys-only']);
  return entries.map(({ key }) => key);
}

/** The output of `etcdctl get -w json`: keys and values in Base64; no list where there are none. */
export function parseEntries(text: string): Entry[] {
  const { kvs = [] } = JSON.parse(text) as { kvs?: { key: string; value?: string }[] };
  const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');
  return kvs.map(({ key, value = '' }) => ({ key: decode(key), value: decode(value) }));
}

/** The reason of a failure, which etcdctl prints last. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** etcdctl as this host, with its certificate in a cluster. */
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
