import { askSocket } from '@freehold/core/ask-socket';

const socket = '/run/freehold/haproxy/admin.sock';

/** The state of each server in HAProxy as CSV (`show stat`); nothing where it does not answer. */
export async function readStat(): Promise<string | undefined> {
  return askSocket(socket, 'show stat -1 4 -1', { who: 'HAProxy', withinMs: 5000 }).catch(() => undefined);
}

/**
 * What the checks of one host say, by domain: as in 'UP:L7OK/200'. Fields 1, 2, 18, 37 and 38 of the CSV are the backend,
 * the server, its status, the check's result and its code (HAProxy's management guide, section 9.1).
 */
export function parseChecks(csv: string, host: string): Map<string, string> {
  const checks = new Map<string, string>();
  for (const line of csv.split('\n')) {
    const fields = line.split(',');
    const [domain, server, status = '', result = '', code = ''] = [0, 1, 17, 36, 37].map(
      (index) => fields[index],
    );
    if (server !== host || !domain) continue;
    const parts = [status, code === '' ? result : `${result}/${code}`];
    checks.set(domain, parts.filter(Boolean).join(':').replaceAll(' ', ':'));
  }
  return checks;
}
