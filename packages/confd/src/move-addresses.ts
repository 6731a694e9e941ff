// A change of addresses alone needs no reload: the running worker is told through its socket.
import type { Domain } from '@freehold/core/domain';
import type { Haproxy } from './haproxy-socket.ts';
import type { Backend, Sites } from './site.ts';

interface Move {
  readonly domain: Domain;
  readonly backend: Backend;
}

/** With more moves than this, one reload is less work. */
const most = 200;

/** The moves that lead from one state to the other, or undefined where it takes something else. */
export function movesBetween(before: Sites, after: Sites): Move[] | undefined {
  if (before.size !== after.size) return undefined;
  const moves: Move[] = [];
  for (const [domain, site] of after) {
    const old = before.get(domain);
    if (old === site) continue;
    if (!old || old.certificate?.fingerprint !== site.certificate?.fingerprint) return undefined;
    if (old.backends.length !== site.backends.length) return undefined;
    for (const [index, backend] of site.backends.entries()) {
      const past = old.backends[index];
      if (past?.host !== backend.host) return undefined;
      const same = past.address?.ip === backend.address?.ip && past.address?.port === backend.address?.port;
      if (!same) moves.push({ domain, backend });
    }
  }
  return moves.length > 0 && moves.length <= most ? moves : undefined;
}

/** Carries the moves out, then looks whether they are in force; false means: reload instead. */
export async function moveAddresses(haproxy: Haproxy, moves: readonly Move[]): Promise<boolean> {
  try {
    await haproxy.command(moves.flatMap(commandsFor));
    const state = await haproxy.command(['show servers state']);
    const servers = readServersState(state);
    return moves.every(({ domain, backend }) => isInForce(servers.get(`${domain}/${backend.host}`), backend));
  } catch {
    return false;
  }
}

function commandsFor({ domain, backend: { host, address } }: Move): string[] {
  const server = `${domain}/${host}`;
  if (!address) return [`set server ${server} state maint`];
  return [
    `set server ${server} addr ${address.ip} port ${address.port}`,
    `set server ${server} health up`,
    `set server ${server} state ready`,
  ];
}

interface ServerState {
  readonly ip: string;
  readonly port: number;
  readonly maintenance: boolean;
}

/** Columns of `show servers state`, version 1: 2 be_name, 4 srv_name, 5 srv_addr, 7 srv_admin_state, 19 srv_port. */
export function readServersState(text: string): Map<string, ServerState> {
  const states = new Map<string, ServerState>();
  for (const line of text.split('\n')) {
    const columns = line.split(' ');
    const [, backend, , server, ip, , admin] = columns;
    const port = Number(columns[18]);
    if (columns.length < 19 || ip === undefined || line.startsWith('#')) continue;
    // Bit 0 of the admin state is maintenance asked for by the administrator.
    states.set(`${backend}/${server}`, { ip, port, maintenance: (Number(admin) & 1) === 1 });
  }
  return states;
}

function isInForce(state: ServerState | undefined, { address }: Backend): boolean {
  if (!state) return false;
  if (!address) return state.maintenance;
  return !state.maintenance && state.ip === address.ip && state.port === address.port;
}
