/** What HAProxy says of one server. */
export interface ServerState {
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
