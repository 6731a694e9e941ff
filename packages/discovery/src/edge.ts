// Reads from this host's HAProxy whether a site still has requests in progress: `show stat` on its admin
// socket (management manual, sections 9.1 and 9.3), one line of CSV for each server.
import { join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';

/** The time limit for an answer from HAProxy, in milliseconds; its statistics take less. */
const answerMs = 2000;

/** A spare backend, which serves a new site until the next reload, and the server in it. */
const spare = /^spare-\d+$/;
const spareServer = 'site';

/**
 * Whether HAProxy has stopped sending requests to a site's server on this host and none is in progress there.
 * Undefined if that is unknown: HAProxy does not answer, or does not know the site.
 *
 * @param folder the folder of HAProxy's sockets.
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

/** hosts.map maps a site to its backend, which has the site's name unless it is a spare one. */
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
