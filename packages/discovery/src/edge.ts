// What this host's HAProxy still does for a site: `show stat` on its admin socket (management manual, sections 9.1 and
// 9.3), one line of CSV for each server.
import { join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';

/** Longer than HAProxy takes for its statistics, in milliseconds. */
const answerMs = 2000;

/**
 * Whether HAProxy has taken a host's server of a site out and no request is in progress there. Undefined if that cannot
 * be told: HAProxy does not answer, or does not know the site by its own name yet.
 *
 * @param folder of HAProxy's sockets.
 */
export async function isAtRest(folder: string, domain: string, host: string): Promise<boolean | undefined> {
  let table: string;
  try {
    table = await askSocket(join(folder, 'admin.sock'), 'show stat -1 4 -1', {
      who: 'HAProxy',
      withinMs: answerMs,
    });
  } catch {
    return undefined;
  }
  const [header = '', ...lines] = table.split('\n');
  const names = header.replace(/^# /, '').split(',');
  const [current, status] = [names.indexOf('scur'), names.indexOf('status')];
  const server = lines
    .map((line) => line.split(','))
    .find(([backend, name]) => backend === domain && name === host);
  if (!server) return undefined;
  return server[status]?.startsWith('MAINT') === true && server[current] === '0';
}
