// What this host's HAProxy still does for a site: `show stat` on its admin socket (management manual, sections 9.1 and
// 9.3), one line of CSV for each server.
import { join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';

/** Longer than HAProxy takes for its statistics, in milliseconds. */
const answerMs = 2000;

/** A backend without a site of its own, in which a new site is served until the next reload, and the server in it. */
const spare = /^spare-\d+$/;
const spareServer = 'site';

/**
 * Whether HAProxy has taken a host's server of a site out and no request is in progress there. Undefined if that cannot
 * be told: HAProxy does not answer, or does not know the site.
 *
 * @param folder of HAProxy's sockets.
 */
export async function isAtRest(folder: string, domain: string, host: string): Promise<boolean | undefined> {
  const ask = (command: string) =>
    askSocket(join(folder, 'admin.sock'), command, { who: 'HAProxy', withinMs: answerMs });
  let table: string;
  let backend: string;
  try {
    backend = await backendOf(ask, domain);
    table = await ask('show stat -1 4 -1');
  } catch {
    return undefined;
  }
  return readAtRest(table, { backend, server: spare.test(backend) ? spareServer : host });
}

/** hosts.map leads from a site to its backend, which is called as the site unless it is a spare one. */
async function backendOf(ask: (command: string) => Promise<string>, domain: string): Promise<string> {
  const [, map] = (await ask('show map')).match(/^(\d+) \(\S*\/hosts\.map\)/m) ?? [];
  if (map === undefined) return domain;
  const [, value = domain] = (await ask(`get map #${map} ${domain}`)).match(/value="([^"]*)"/) ?? [];
  return spare.test(value) ? value : domain;
}

/** @param table the answer to `show stat`. */
export function readAtRest(
  table: string,
  { backend, server }: { backend: string; server: string },
): boolean | undefined {
  const [header = '', ...lines] = table.split('\n');
  const names = header.replace(/^# /, '').split(',');
  const [current, status] = [names.indexOf('scur'), names.indexOf('status')];
  const found = lines.map((line) => line.split(',')).find(([name, of]) => name === backend && of === server);
  if (!found) return undefined;
  return found[status]?.startsWith('MAINT') === true && found[current] === '0';
}
