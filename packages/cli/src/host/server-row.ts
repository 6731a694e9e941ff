// A row of `server list`.
import type { Row } from '../command.ts';
import type { Answer } from '../on-servers.ts';

/** `names`: the names that servers have as hosts, for one that does not answer. */
export function serverRow({ server, rows, fault }: Answer, names: ReadonlyMap<string, string>): Row {
  const [row] = rows;
  return {
    server,
    host: row?.host ?? names.get(server.replace(/^.*@/, '')) ?? null,
    reached: row !== undefined,
    version: row?.version ?? null,
    sites: row?.sites ?? null,
    serving: row?.serving ?? null,
    problem: fault ?? null,
  };
}

export function serversFault(rows: readonly Row[]): string | undefined {
  const bad = rows.filter(({ problem }) => problem !== null);
  if (bad.length === 0) return undefined;
  return `${bad.length} of ${rows.length} servers have problems: ${bad.map(({ server }) => server).join(', ')}.`;
}
