import { askSocket } from '@freehold/core/ask-socket';

const socket = '/run/freehold/haproxy/admin.sock';
const map = '/data/runtime/haproxy/hosts.map';

/** The state of each server in HAProxy as CSV, then which name leads to which backend; nothing where it does not answer. */
export async function readState(): Promise<string | undefined> {
  const commands = `show stat -1 4 -1; show map ${map}`;
  return askSocket(socket, commands, { who: 'HAProxy', withinMs: 5000 }).catch(() => undefined);
}

/**
 * What HAProxy's checks say of one host's sites, by domain, as in 'UP:L7OK/200'. Until the next reload, a new site is in a
 * spare backend, to which the map leads. The columns are explained in HAProxy's management guide, section 9.1.
 */
export function parseChecks(state: string, host: string): Map<string, string> {
  const [head = '', ...lines] = state.split('\n');
  const titles = splitLine(head.replace(/^# /, ''));
  const checks = new Map<string, string>();
  const spares = new Map<string, string>();
  for (const line of lines) {
    const [, name, backend] = /^0x[0-9a-f]+ (\S+) (\S+)$/.exec(line) ?? [];
    const spare = spares.get(backend ?? '');
    if (name !== undefined && spare !== undefined) checks.set(name, spare);
    const fields = splitLine(line);
    const value = (title: string) => fields[titles.indexOf(title)] ?? '';
    if (value('svname') === host) checks.set(value('pxname'), checkOf(value));
    else if (value('pxname').startsWith('spare-')) spares.set(value('pxname'), checkOf(value));
  }
  return checks;
}

function checkOf(value: (title: string) => string): string {
  const [result, code] = [value('check_status'), value('check_code')];
  const parts = [value('status'), code === '' ? result : `${result}/${code}`];
  return parts.filter(Boolean).join(':').replaceAll(' ', ':');
}

/** A field with a comma is in quotes. */
function splitLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}
