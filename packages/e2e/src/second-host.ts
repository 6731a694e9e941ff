// A second throw-away host, beside the one that all tests share, for transfers from one host to another.
import { join } from 'node:path';
import type { Address } from './browser-session.ts';
import { execOn, hostName, httpsPort } from './host.ts';
import { type Outcome, run } from './run.ts';

const name = `${hostName}-second`;
const script = join(import.meta.dirname, '../../../scripts/throwaway-host.sh');

/** The port that leads to its port 443. */
export const secondHost = (): Address => ['127.0.0.1', httpsPort + 1];

export async function startSecondHost(): Promise<void> {
  succeeded(await run(script, ['up', name, '--prepared', '--https', String(secondHost()[1])]));
}

export async function removeSecondHost(): Promise<void> {
  succeeded(await run(script, ['down', name]));
}

/** Runs a script in its shell, with `$1` and so on, and returns its output; throws if it fails. */
export function onSecond(text: string, ...args: string[]): Promise<string> {
  return execOn(name, ['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args]);
}

/** Packs the folder of a domain, as an operator would, into the import folder of the second host. */
export async function carry(domain: string, ending: '.tar' | '.tar.gz' | '.tar.zst'): Promise<void> {
  const pack = `docker exec "$1" tar --create --auto-compress --file "/tmp/$3$4" --directory /data/domains "$3"
    docker exec "$1" cat "/tmp/$3$4" | docker exec -i "$2" sh -c 'cat >/data/import/.upload'
    docker exec "$2" mv /data/import/.upload "/data/import/$3$4"
    docker exec "$1" rm "/tmp/$3$4"`;
  succeeded(await run('bash', ['-euo', 'pipefail', '-c', pack, 'bash', hostName, name, domain, ending]));
}

function succeeded(outcome: Outcome): Outcome {
  if (outcome.code === 0) return outcome;
  throw new Error(`It ended with ${outcome.code}: ${outcome.stderr}${outcome.stdout}`);
}
