// Sets addresses of servers in the running worker, and waits until it uses them.
import { isIPv6 } from 'node:net';
import { sleep } from '@freehold/core/backoff';
import type { ServerChange, SitePlan } from './live-plan.ts';
import { readServersState, type ServerState } from './servers-state.ts';
import type { Ask } from './worker-connection.ts';

/**
 * HAProxy answers `set server … addr` before it uses the address: since version 2.9 a task of its own applies it
 * (`server_atomic_sync`), with 10,000 sites on a busy machine more than 100 ms later. What is not in effect after so many
 * milliseconds never will be.
 */
const mostMs = 5000;
const againMs = 5;

/** Words of HAProxy 3.0 for a command that it does not carry out; those about a changed address have none of these. */
const isRefusal = /invalid|no such|cannot|can't|unable|unknown|require|permission/i;

/** Gives the plans whose servers are as planned, then. Rejects soon after the signal aborts. */
export async function setServers(
  ask: Ask,
  plans: readonly SitePlan[],
  signal?: AbortSignal,
): Promise<SitePlan[]> {
  const changes = plans.flatMap(({ servers }) => servers);
  if (changes.length === 0) return [...plans];
  const refused = new Set<ServerChange>();
  const answers = await ask(changes.flatMap(commandsFor));
  for (const change of changes) {
    const own = answers.splice(0, commandsFor(change).length);
    if (own.some((answer) => isRefusal.test(answer))) refused.add(change);
  }
  const taken = changes.filter((change) => !refused.has(change));
  const failed = new Set([...refused, ...(await waitUntilInEffect(ask, taken, signal))]);
  return plans.filter(({ servers }) => !servers.some((change) => failed.has(change)));
}

/** Gives those that are not in effect in the end, or have no server. */
async function waitUntilInEffect(
  ask: Ask,
  changes: readonly ServerChange[],
  signal?: AbortSignal,
): Promise<Set<ServerChange>> {
  const failed = new Set<ServerChange>();
  const until = performance.now() + mostMs;
  if (changes.length === 0) return failed;
  for (let open = changes; ; await sleep(againMs, signal)) {
    signal?.throwIfAborted();
    const states = await readStates(ask, open);
    const stateOf = ({ backend, server }: ServerChange) => states.get(`${backend}/${server}`);
    for (const change of open) if (!stateOf(change)) failed.add(change);
    open = open.filter((change) => !failed.has(change) && !isInEffect(stateOf(change), change));
    if (open.length === 0) return failed;
    if (performance.now() > until) return new Set([...failed, ...open]);
  }
}

async function readStates(ask: Ask, changes: readonly ServerChange[]): Promise<Map<string, ServerState>> {
  const backends = [...new Set(changes.map(({ backend }) => backend))];
  const shown = await ask(backends.map((name) => `show servers state ${name}`));
  return readServersState(shown.join('\n'));
}

function commandsFor({ backend, server, address, isChecked }: ServerChange): string[] {
  const name = `${backend}/${server}`;
  if (!address) return [`set server ${name} state maint`];
  return [
    `set server ${name} addr ${address.ip} port ${address.port}`,
    ...(isChecked ? [`set server ${name} health up`] : []),
    `set server ${name} state ready`,
  ];
}

function isInEffect(state: ServerState | undefined, { address }: ServerChange): boolean {
  if (!state) return false;
  if (!address) return state.maintenance;
  return !state.maintenance && canonical(state.ip) === canonical(address.ip) && state.port === address.port;
}

/** An IPv6 address in the form in which HAProxy shows it (RFC 5952). */
function canonical(ip: string): string {
  return isIPv6(ip) ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
}
