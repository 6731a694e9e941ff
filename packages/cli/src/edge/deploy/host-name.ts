// The name that a server has as a host, and the note of it on this control machine.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { writeAtomic } from '@freehold/core/write-atomic';
import { hostOf, isAddress, whyNotNamed, withName } from '../../deploy/host-names.ts';
import { callServer } from '../connection.ts';
import { readNames, readNamesFile } from '../control-machine.ts';
import type { ServerWork } from '../each-server.ts';
import { takeLock } from '../move/lock.ts';

/** What the host is called already, else what it is to be called. `said` is the name that the operator gives now. */
export async function findHostName({ server, connection }: ServerWork, said?: string): Promise<string> {
  const read = 'sed -n "s/^FREEHOLD_HOST=//p" /etc/freehold/host.env 2>/dev/null || true';
  const ask = async (...words: string[]) => (await callServer(connection, words)).output.trim();
  const host = hostOf(server);
  const named = (await ask('bash', '-c', read)) || said || (await readNames(connection.env)).get(host);
  if (named) return named;
  return isAddress(host) ? ask('hostname', '--fqdn') : host;
}

/** @throws FreeholdError unless that is this server's name, and nobody else's. */
export async function bindName(
  config: string,
  {
    server,
    name,
    said,
    signal,
  }: {
    readonly server: string;
    readonly name: string;
    readonly said?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const namesFile = join(config, 'names');
  await mkdir(config, { recursive: true });
  const lock = await takeLock(`${namesFile}.lock`, 60, signal);
  if (!lock)
    throw new FreeholdError(`Cannot write ${namesFile}: another run holds its lock. Run this again.`);
  try {
    const names = await readNames({ FREEHOLD_CONFIG: config });
    const folder = join(config, 'hosts', name);
    const ownFiles = existsSync(folder) ? folder : undefined;
    const reason = whyNotNamed({ server, name, said, names, namesFile, ownFiles });
    if (reason !== undefined) throw new FreeholdError(reason);
    if (names.get(hostOf(server)) === name) return;
    await writeAtomic(namesFile, withName(await readNamesFile(config), server, name), { mode: 0o644 });
  } finally {
    await lock.release();
  }
}
